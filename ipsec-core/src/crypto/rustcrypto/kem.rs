//! ML-KEM (FIPS 203) as a key exchange method of IKEv2
//! (draft-ietf-ipsecme-ikev2-mlkem): the initiator sends an encapsulation key
//! and the responder a ciphertext.

use crate::crypto::{Group, GroupError, KeyExchange, Random, Secret};
use crate::wire::registry::ike::KeyExchange as Id;
use alloc::boxed::Box;
use alloc::vec::Vec;
use ml_kem::kem::{Decapsulate as _, KeyExport as _};
use zeroize::{Zeroize as _, Zeroizing};

macro_rules! kem {
    ($table:ident, $type:ident, $id:expr, $public:literal, $answer:literal, $module:ident) => {
        #[derive(Debug)]
        pub(super) struct $type;

        pub(super) static $table: $type = $type;

        impl Group for $type {
            fn id(&self) -> Id {
                $id
            }

            fn is_kem(&self) -> bool {
                true
            }

            fn public_len(&self) -> usize {
                $public
            }

            fn answer_len(&self) -> usize {
                $answer
            }

            fn start(&self, random: &mut dyn Random) -> Result<Box<dyn KeyExchange>, GroupError> {
                let mut seed = Zeroizing::new([0; SEED]);
                random.fill(seed.as_mut_slice());
                self.with_private(seed.as_slice())
            }

            fn respond(
                &self,
                public: &[u8],
                random: &mut dyn Random,
            ) -> Result<(Vec<u8>, Secret), GroupError> {
                let (need, have) = ($public, public.len());
                let key = public
                    .try_into()
                    .map_err(|_| GroupError::Length { need, have })?;
                let key = ml_kem::$module::EncapsulationKey::new(key)
                    .map_err(|_| GroupError::PublicValue)?;
                let mut message = Zeroizing::new([0; MESSAGE]);
                random.fill(message.as_mut_slice());
                let message: &[u8; MESSAGE] = &message;
                let (answer, mut shared) = key.encapsulate_deterministic(message.into());
                let secret = Secret::new(shared.to_vec());
                shared.zeroize();
                Ok((answer.to_vec(), secret))
            }

            fn with_private(&self, private: &[u8]) -> Result<Box<dyn KeyExchange>, GroupError> {
                let mut seed = private.try_into().map_err(|_| GroupError::PrivateValue)?;
                let key = ml_kem::$module::DecapsulationKey::from_seed(seed);
                seed.zeroize();
                let public = key.encapsulation_key().to_bytes().to_vec();
                Ok(Box::new(Decapsulator { key, public }))
            }
        }

        impl KeyExchange for Decapsulator<ml_kem::$module::DecapsulationKey> {
            fn public(&self) -> &[u8] {
                &self.public
            }

            fn finish(&self, peer: &[u8]) -> Result<Secret, GroupError> {
                let (need, have) = ($answer, peer.len());
                let answer = peer
                    .try_into()
                    .map_err(|_| GroupError::Length { need, have })?;
                let mut shared = self.key.decapsulate(answer);
                let secret = Secret::new(shared.to_vec());
                shared.zeroize();
                Ok(secret)
            }
        }
    };
}

kem!(ML_KEM_512, MlKem512, Id::ML_KEM_512, 800, 768, ml_kem_512);
kem!(ML_KEM_768, MlKem768, Id::ML_KEM_768, 1184, 1088, ml_kem_768);
kem!(
    ML_KEM_1024,
    MlKem1024,
    Id::ML_KEM_1024,
    1568,
    1568,
    ml_kem_1024
);

/// The initiator's side: the decapsulation key, which overwrites itself.
struct Decapsulator<K> {
    key: K,
    public: Vec<u8>,
}

/// Bytes of the seed a key pair grows from (FIPS 203 §7.1: d and z).
const SEED: usize = 64;
/// Bytes of the random message that is encapsulated (FIPS 203 §7.2: m).
const MESSAGE: usize = 32;
