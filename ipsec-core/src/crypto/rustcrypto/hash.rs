//! MD5 (RFC 1321), SHA-1 and SHA-2 (RFC 6234).

use crate::crypto::{Digest, Hash};
use crate::wire::registry::{ike::HashAlgorithm as V2, isakmp};
use core::fmt;
use core::marker::PhantomData;
use sha2::Digest as Function;

/// Every hash, strongest last.
pub(super) const ALL: &[&dyn Hash] = &[
    &Entry::<md5::Md5>::new("MD5", isakmp::Hash::MD5, None),
    &Entry::<sha1::Sha1>::new("SHA-1", isakmp::Hash::SHA, Some(V2::SHA1)),
    &Entry::<sha2::Sha256>::new("SHA2-256", isakmp::Hash::SHA2_256, Some(V2::SHA2_256)),
    &Entry::<sha2::Sha384>::new("SHA2-384", isakmp::Hash::SHA2_384, Some(V2::SHA2_384)),
    &Entry::<sha2::Sha512>::new("SHA2-512", isakmp::Hash::SHA2_512, Some(V2::SHA2_512)),
];

/// One hash function with its name and its numbers.
struct Entry<F> {
    name: &'static str,
    ikev1: isakmp::Hash,
    ikev2: Option<V2>,
    function: PhantomData<fn() -> F>,
}

impl<F> Entry<F> {
    const fn new(name: &'static str, ikev1: isakmp::Hash, ikev2: Option<V2>) -> Self {
        Self {
            name,
            ikev1,
            ikev2,
            function: PhantomData,
        }
    }
}

impl<F: Function> Hash for Entry<F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn ikev1(&self) -> Option<isakmp::Hash> {
        Some(self.ikev1)
    }

    fn ikev2(&self) -> Option<V2> {
        self.ikev2
    }

    fn output_len(&self) -> usize {
        <F as Function>::output_size()
    }

    fn digest(&self, parts: &[&[u8]]) -> Digest {
        let mut function = F::new();
        for part in parts {
            function.update(part);
        }
        Digest::new(&function.finalize())
    }
}

impl<F> fmt::Debug for Entry<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// RFC 1321 §A.5, RFC 3174 §7.3 and FIPS 180-4: "abc".
    #[test]
    fn known_answers() {
        let heads = [
            "900150983cd24fb0d6963f7d28e17f72",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2",
        ];
        for (hash, head) in ALL.iter().zip(heads) {
            let digest = hash.digest(&[b"a", b"", b"bc"]);
            assert_eq!(digest.as_bytes().len(), hash.output_len(), "{hash:?}");
            assert!(hex(digest.as_bytes()).starts_with(head), "{hash:?}");
        }
    }

    #[test]
    fn numbers_find_their_function() {
        let provider = crate::crypto::rustcrypto::provider();
        for hash in ALL {
            let found = provider.ikev1_hash(hash.ikev1().unwrap()).unwrap();
            assert_eq!(found.name(), hash.name());
        }
        let sha384 = provider.ikev2_hash(V2::SHA2_384).unwrap();
        assert_eq!(sha384.output_len(), 48);
        assert!(provider.ikev1_hash(isakmp::Hash::TIGER).is_none());
    }
}
