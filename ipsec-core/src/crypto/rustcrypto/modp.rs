//! The MODP groups: RFC 2409 §6, RFC 3526, RFC 5114, with the tests of RFC 6989
//! §2 on public values and private values as long as SP 800-56A rev. 3 §5.6.1
//! asks for.

use super::primes as of;
use crate::crypto::{Group, GroupError, KeyExchange, Random, Secret};
use crate::wire::registry::ike::KeyExchange as Id;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use crypto_bigint::{
    BoxedUint, Odd, Resize as _,
    modular::{BoxedMontyForm, BoxedMontyParams},
};
use zeroize::{Zeroize as _, Zeroizing};

/// A multiplicative group modulo a prime.
pub(super) struct Modp {
    id: Id,
    prime: &'static str,
    kind: Kind,
}

/// What is known of the group's order.
enum Kind {
    /// The prime is safe and the generator 2: every value from 2 to p - 2 has
    /// a large order. Private values have this many bytes: 2 × the strength of
    /// the group, rounded up (SP 800-56A rev. 3 appendix D).
    Safe { private: usize },
    /// The generator spans a small subgroup of this prime order.
    Subgroup {
        generator: &'static str,
        order: &'static str,
    },
}

pub(super) static MODP_768: Modp = safe(Id::MODP_768, of::P768, 32);
pub(super) static MODP_1024: Modp = safe(Id::MODP_1024, of::P1024, 32);
pub(super) static MODP_1536: Modp = safe(Id::MODP_1536, of::P1536, 32);
pub(super) static MODP_2048: Modp = safe(Id::MODP_2048, of::P2048, 32);
pub(super) static MODP_3072: Modp = safe(Id::MODP_3072, of::P3072, 32);
pub(super) static MODP_4096: Modp = safe(Id::MODP_4096, of::P4096, 40);
pub(super) static MODP_6144: Modp = safe(Id::MODP_6144, of::P6144, 48);
pub(super) static MODP_8192: Modp = safe(Id::MODP_8192, of::P8192, 56);
pub(super) static MODP_1024_160: Modp = Modp {
    id: Id::MODP_1024_160,
    prime: of::P1024_160,
    kind: Kind::Subgroup {
        generator: of::G1024_160,
        order: of::Q1024_160,
    },
};
pub(super) static MODP_2048_224: Modp = Modp {
    id: Id::MODP_2048_224,
    prime: of::P2048_224,
    kind: Kind::Subgroup {
        generator: of::G2048_224,
        order: of::Q2048_224,
    },
};
pub(super) static MODP_2048_256: Modp = Modp {
    id: Id::MODP_2048_256,
    prime: of::P2048_256,
    kind: Kind::Subgroup {
        generator: of::G2048_256,
        order: of::Q2048_256,
    },
};

const fn safe(id: Id, prime: &'static str, private: usize) -> Modp {
    let kind = Kind::Safe { private };
    Modp { id, prime, kind }
}

impl Group for Modp {
    fn id(&self) -> Id {
        self.id
    }

    fn is_kem(&self) -> bool {
        false
    }

    fn public_len(&self) -> usize {
        self.prime.len() / 2
    }

    fn answer_len(&self) -> usize {
        self.public_len()
    }

    fn start(&self, random: &mut dyn Random) -> Result<Box<dyn KeyExchange>, GroupError> {
        let len = match self.kind {
            Kind::Safe { private } => private,
            Kind::Subgroup { order, .. } => order.len() / 2,
        };
        let mut private = Zeroizing::new(vec![0; len]);
        for _ in 0..MAX_DRAWS {
            random.fill(&mut private);
            if let Ok(exchange) = self.with_private(&private) {
                return Ok(exchange);
            }
        }
        Err(GroupError::PrivateValue)
    }

    fn with_private(&self, private: &[u8]) -> Result<Box<dyn KeyExchange>, GroupError> {
        let numbers = self.numbers();
        let exponent = numbers.exponent(private).ok_or(GroupError::PrivateValue)?;
        let public = numbers.power(&numbers.generator, &exponent);
        Ok(Box::new(Exchange {
            numbers,
            exponent,
            public: public.to_vec(),
        }))
    }
}

impl fmt::Debug for Modp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

impl Modp {
    fn numbers(&self) -> Numbers {
        let prime = number(self.prime);
        let bits = prime.bits_precision();
        let (generator, order) = match self.kind {
            Kind::Safe { .. } => (BoxedUint::from(2_u8).resize(bits), None),
            Kind::Subgroup { generator, order } => (number(generator), Some(number(order))),
        };
        #[expect(clippy::expect_used, reason = "the constants of this crate are tested")]
        let modulus = Odd::new(prime.clone())
            .into_option()
            .expect("a prime is odd");
        Numbers {
            len: self.public_len(),
            params: BoxedMontyParams::new_vartime(modulus),
            prime,
            generator,
            order,
        }
    }
}

/// A group's constants, read.
struct Numbers {
    len: usize,
    params: BoxedMontyParams,
    prime: BoxedUint,
    generator: BoxedUint,
    order: Option<BoxedUint>,
}

impl Numbers {
    /// `base` to the `exponent`, in time that depends on the exponent's
    /// allotted length alone.
    fn power(&self, base: &BoxedUint, exponent: &BoxedUint) -> Zeroizing<Box<[u8]>> {
        let mut base = BoxedMontyForm::new(base.clone(), &self.params);
        let mut power = base.pow(exponent);
        let mut number = power.retrieve();
        let bytes = Zeroizing::new(number.to_be_bytes());
        base.zeroize();
        power.zeroize();
        number.zeroize();
        bytes
    }

    /// A private value: at least 1, and below the order where that is small.
    fn exponent(&self, private: &[u8]) -> Option<BoxedUint> {
        let len = u32::try_from(private.len()).ok()?;
        if private.len() > self.len {
            return None;
        }
        let mut exponent = BoxedUint::from_be_slice(private, len.checked_mul(8)?).ok()?;
        let bound = self.order.as_ref().unwrap_or(&self.prime);
        let zero: bool = exponent.is_zero().into();
        if zero || exponent >= *bound {
            exponent.zeroize();
            return None;
        }
        Some(exponent)
    }

    /// A peer's public value, checked (RFC 6989 §2.1, §2.2).
    fn public(&self, bytes: &[u8]) -> Result<BoxedUint, GroupError> {
        let (need, have) = (self.len, bytes.len());
        if need != have {
            return Err(GroupError::Length { need, have });
        }
        let public = BoxedUint::from_be_slice(bytes, self.prime.bits_precision())
            .map_err(|_| GroupError::PublicValue)?;
        let one = BoxedUint::one_with_precision(self.prime.bits_precision());
        let last = self.prime.wrapping_sub(&one);
        let in_group = match &self.order {
            _ if public <= one || public >= last => false,
            None => true,
            Some(order) => {
                let power = BoxedMontyForm::new(public.clone(), &self.params).pow(order);
                power.retrieve() == one
            }
        };
        if in_group {
            Ok(public)
        } else {
            Err(GroupError::PublicValue)
        }
    }
}

/// One side of an exchange in progress.
struct Exchange {
    numbers: Numbers,
    exponent: BoxedUint,
    public: Vec<u8>,
}

impl KeyExchange for Exchange {
    fn public(&self) -> &[u8] {
        &self.public
    }

    fn finish(&self, peer: &[u8]) -> Result<Secret, GroupError> {
        let peer = self.numbers.public(peer)?;
        let secret = self.numbers.power(&peer, &self.exponent);
        Ok(Secret::new(secret.to_vec()))
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.exponent.zeroize();
    }
}

/// Reads a constant of this crate.
#[expect(clippy::expect_used, reason = "the constants of this crate are tested")]
fn number(hex: &str) -> BoxedUint {
    BoxedUint::from_str_radix_vartime(hex, 16).expect("hexadecimal digits")
}

/// How often a private value is drawn again: at least half of the draws
/// succeed in every group, so that a source that fails this often is broken.
const MAX_DRAWS: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    static SAFE: [&Modp; 8] = [
        &MODP_768, &MODP_1024, &MODP_1536, &MODP_2048, &MODP_3072, &MODP_4096, &MODP_6144,
        &MODP_8192,
    ];

    /// All primes of RFC 2409 and RFC 3526 are digits of pi between 64 ones,
    /// but for the last 64 bits or so before the closing ones.
    #[test]
    fn safe_primes_share_their_digits() {
        for two in SAFE.windows(2) {
            let (short, long) = (two[0].prime, two[1].prime);
            let common = short.len() - 34;
            assert_eq!(short[..common], long[..common]);
            assert!(short.starts_with("FFFFFFFFFFFFFFFF") && short.ends_with("FFFFFFFFFFFFFFFF"));
        }
        assert_eq!(format!("{:X}", number(MODP_768.prime).bits()), "300");
    }

    /// Fermat's little theorem for each modulus, so that no digit was lost:
    /// and 2 generates the subgroup of order (p - 1) / 2.
    #[test]
    fn primes_are_prime() {
        for group in SAFE {
            let numbers = group.numbers();
            let one = BoxedUint::one_with_precision(numbers.prime.bits_precision());
            let half = numbers.prime.wrapping_sub(&one) >> 1_u32;
            let power = BoxedUint::from_be_slice_vartime(&numbers.power(&numbers.generator, &half));
            assert_eq!(power, one, "{group:?}");
        }
    }

    #[test]
    fn generators_have_their_order() {
        for group in [&MODP_1024_160, &MODP_2048_224, &MODP_2048_256] {
            let numbers = group.numbers();
            let order = numbers.order.clone().unwrap();
            let power =
                BoxedUint::from_be_slice_vartime(&numbers.power(&numbers.generator, &order));
            assert!(bool::from(power.is_one()), "{group:?}");
            assert!(numbers.generator > BoxedUint::one());
        }
    }

    /// SP 800-56A rev. 3: at least twice the strength, which RFC 3526 §8 and
    /// SP 800-57 give.
    #[test]
    fn private_values_are_long_enough() {
        let strengths = [64, 80, 96, 112, 128, 152, 176, 200];
        for (group, strength) in SAFE.iter().zip(strengths) {
            let Kind::Safe { private } = group.kind else {
                unreachable!("a safe prime");
            };
            assert!(private * 8 >= 2 * strength, "{group:?}");
        }
    }
}
