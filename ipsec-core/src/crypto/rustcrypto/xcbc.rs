//! AES-XCBC-MAC (RFC 3566 §4): a mode over AES that no crate brings.

use aes::Aes128;
use aes::cipher::BlockCipherEncrypt as _;
use hmac::{
    KeyInit,
    digest::{
        FixedOutput, MacMarker, Output, OutputSizeUser, Update,
        common::{Key, KeySizeUser},
        consts::U16,
    },
};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The state over a message. The last block is held back until it is known
/// to be the last: it is masked with another key when it had to be padded.
#[derive(Clone)]
pub(super) struct Xcbc {
    k1: Aes128,
    k2: [u8; BLOCK],
    k3: [u8; BLOCK],
    chain: [u8; BLOCK],
    last: [u8; BLOCK],
    held: usize,
}

impl Xcbc {
    fn push(&mut self, byte: u8) {
        if self.held == BLOCK {
            let last = core::mem::take(&mut self.last);
            self.absorb(&last);
            self.held = 0;
        }
        if let Some(place) = self.last.get_mut(self.held) {
            *place = byte;
        }
        self.held += 1;
    }

    fn absorb(&mut self, block: &[u8; BLOCK]) {
        xor(&mut self.chain, block);
        self.k1.encrypt_block((&mut self.chain).into());
    }
}

impl KeySizeUser for Xcbc {
    type KeySize = U16;
}

impl OutputSizeUser for Xcbc {
    type OutputSize = U16;
}

impl MacMarker for Xcbc {}

impl KeyInit for Xcbc {
    fn new(key: &Key<Self>) -> Self {
        let aes = Aes128::new(key);
        let derived = |byte: u8| {
            let mut block = [byte; BLOCK];
            aes.encrypt_block((&mut block).into());
            block
        };
        let mut k1 = derived(1);
        let keyed = Self {
            k1: Aes128::new((&k1).into()),
            k2: derived(2),
            k3: derived(3),
            chain: [0; BLOCK],
            last: [0; BLOCK],
            held: 0,
        };
        k1.zeroize();
        keyed
    }
}

impl Update for Xcbc {
    fn update(&mut self, data: &[u8]) {
        for byte in data {
            self.push(*byte);
        }
    }
}

impl FixedOutput for Xcbc {
    fn finalize_into(mut self, out: &mut Output<Self>) {
        let mut last = self.last;
        if self.held == BLOCK {
            xor(&mut last, &self.k2);
        } else {
            for (at, place) in last.iter_mut().enumerate().skip(self.held) {
                *place = if at == self.held { 0x80 } else { 0 };
            }
            xor(&mut last, &self.k3);
        }
        self.absorb(&last);
        out.copy_from_slice(&self.chain);
        last.zeroize();
    }
}

impl Drop for Xcbc {
    fn drop(&mut self) {
        self.k2.zeroize();
        self.k3.zeroize();
        self.chain.zeroize();
        self.last.zeroize();
    }
}

impl ZeroizeOnDrop for Xcbc {}

fn xor(into: &mut [u8; BLOCK], with: &[u8; BLOCK]) {
    for (a, b) in into.iter_mut().zip(with) {
        *a ^= b;
    }
}

/// Bytes of an AES block.
const BLOCK: usize = 16;
