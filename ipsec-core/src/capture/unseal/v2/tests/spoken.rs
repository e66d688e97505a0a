//! Exchanges that are made here, message by message, for what no recording
//! has: additional key exchanges (RFC 9370, RFC 9242) and hostile numbers.

use super::*;
use proptest::prelude::*;

const SPI_I: u64 = 0x1111_2222_3333_4444;
const SPI_R: u64 = 0x5555_6666_7777_8888;
const SPIS: Spis = Spis {
    i: SPI_I.to_be_bytes(),
    r: SPI_R.to_be_bytes(),
};
const NONCES: Nonces<'static> = Nonces {
    i: &[0xa1; 32],
    r: &[0xb2; 32],
};
const SIZES: KeySizes = KeySizes {
    encr: 32,
    integ: 32,
};
const INTEG: Integrity = Integrity::AUTH_HMAC_SHA2_256_128;

struct Sevens;

impl Random for Sevens {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(7);
    }
}

fn prf() -> &'static dyn crate::crypto::Prf {
    provider().prf(Prf::PRF_HMAC_SHA2_256).unwrap()
}

/// A key exchange: both public values, the secret, the initiator's private
/// value.
struct Exchange {
    id: KeyExchange,
    public: [Vec<u8>; 2],
    shared: Secret,
    private: Vec<u8>,
}

impl Exchange {
    fn new(id: KeyExchange, private: usize) -> Self {
        let group: &dyn Group = provider().group(id).unwrap();
        let private = vec![5; private];
        let ours = group.with_private(&private).unwrap();
        let (answer, shared) = group.respond(ours.public(), &mut Sevens).unwrap();
        Self {
            id,
            public: [ours.public().to_vec(), answer],
            shared,
            private,
        }
    }

    fn payload(&self, answer: bool) -> Payload<'_> {
        let ke = Ke::new(self.id, &self.public[usize::from(answer)]);
        Payload::new(PayloadType::KE, Body::Ke(ke))
    }

    fn known_by_private(&self) -> KeyExchangeSecret {
        KeyExchangeSecret {
            spi_i: Some(SPIS.i),
            group: Some(self.id),
            private: Some(Secret::new(self.private.clone())),
            ..KeyExchangeSecret::default()
        }
    }

    fn known_by_secret(&self) -> KeyExchangeSecret {
        KeyExchangeSecret {
            shared: Some(Secret::new(self.shared.dangerous_bytes().to_vec())),
            ..KeyExchangeSecret::default()
        }
    }
}

fn header(exchange: ExchangeType, way: Way) -> Header {
    let spi_r = match exchange {
        ExchangeType::IKE_SA_INIT if !way.response => 0,
        _ => SPI_R,
    };
    let mut header = Message::request(SPI_I, spi_r, exchange, way.message_id).header;
    let mut flags = Flags(0);
    if way.by_initiator {
        flags = flags.with(Flags::INITIATOR);
    }
    if way.response {
        flags = flags.with(Flags::RESPONSE);
    }
    header.flags = flags;
    header
}

const fn request(message_id: u32) -> Way {
    Way {
        by_initiator: true,
        response: false,
        message_id,
    }
}

const fn answer(message_id: u32) -> Way {
    Way {
        by_initiator: false,
        response: true,
        message_id,
    }
}

fn clear(exchange: ExchangeType, way: Way, payloads: Vec<Payload<'_>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    Message {
        header: header(exchange, way),
        payloads,
        trailing: &[],
    }
    .encode(&mut bytes);
    bytes
}

fn inner(payloads: &[Payload<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    lay_out_chain(payloads, &mut Encoder::new(&mut bytes));
    bytes
}

fn body(keys: &IkeKeys, by_initiator: bool) -> Ikev2Body {
    let (key, mac_key) = match by_initiator {
        true => (&keys.sk_ei, &keys.sk_ai),
        false => (&keys.sk_er, &keys.sk_ar),
    };
    let cbc = Encryption::ENCR_AES_CBC;
    Ikev2Body::new(provider(), cbc, key, suite::integrity(INTEG), mac_key).unwrap()
}

/// Seals `payloads` under the keys of `way`'s sender.
fn sealed(keys: &IkeKeys, exchange: ExchangeType, way: Way, payloads: &[Payload<'_>]) -> Vec<u8> {
    let first = payloads.first().map_or(PayloadType::NONE, |it| it.kind);
    sealed_bytes(keys, exchange, way, first, &inner(payloads))
}

fn sealed_bytes(
    keys: &IkeKeys,
    exchange: ExchangeType,
    way: Way,
    first: PayloadType,
    inside: &[u8],
) -> Vec<u8> {
    let body = body(keys, way.by_initiator);
    let hidden = vec![0; body.body_len(inside.len())];
    let sk = Payload::new(PayloadType::SK, Body::Sk(Sk::new(first, &hidden)));
    let mut message = clear(exchange, way, vec![sk]);
    message.truncate(message.len() - hidden.len());
    body.seal(&[9; 16], inside, &mut message).unwrap();
    message
}

/// The same in fragments of `size` bytes.
fn fragments(
    keys: &IkeKeys,
    exchange: ExchangeType,
    way: Way,
    payloads: &[Payload<'_>],
    size: usize,
) -> Vec<Vec<u8>> {
    let inside = inner(payloads);
    let pieces: Vec<_> = inside.chunks(size).collect();
    let total = u16::try_from(pieces.len()).unwrap();
    let numbered = pieces.iter().zip(1_u16..);
    numbered
        .map(|(piece, number)| {
            let first = match number {
                1 => payloads[0].kind,
                _ => PayloadType::NONE,
            };
            fragment(keys, exchange, way, first, (number, total), piece)
        })
        .collect()
}

fn fragment(
    keys: &IkeKeys,
    exchange: ExchangeType,
    way: Way,
    first_inside: PayloadType,
    (number, total): (u16, u16),
    piece: &[u8],
) -> Vec<u8> {
    let body = body(keys, way.by_initiator);
    let hidden = vec![0; body.body_len(piece.len())];
    let skf = Skf {
        first_inside,
        number,
        total,
        data: &hidden,
    };
    let skf = Payload::new(PayloadType::SKF, Body::Skf(skf));
    let mut message = clear(exchange, way, vec![skf]);
    message.truncate(message.len() - hidden.len());
    body.seal(&[9; 16], piece, &mut message).unwrap();
    message
}

/// An IKE SA with additional key exchanges, spoken by both ends.
struct Talk {
    exchanges: [Exchange; 3],
    /// The keys of `IKE_SA_INIT`, and after each additional exchange.
    keys: Vec<IkeKeys>,
    init: [Vec<u8>; 2],
}

impl Talk {
    fn new() -> Self {
        let exchanges = [
            Exchange::new(KeyExchange::CURVE25519, 32),
            Exchange::new(KeyExchange::ML_KEM_768, 64),
            Exchange::new(KeyExchange::ECP_256, 32),
        ];
        let [first, second, third] = &exchanges;
        let mut seed = ikev2::skeyseed(prf(), NONCES, &first.shared);
        let mut keys = Vec::new();
        for next in [Some(second), Some(third), None] {
            keys.push(IkeKeys::expand(prf(), &seed, NONCES, SPIS, SIZES).unwrap());
            if let (Some(next), Some(last)) = (next, keys.last()) {
                seed = ikev2::skeyseed_intermediate(prf(), &last.sk_d, NONCES, &next.shared);
            }
        }
        let init = [false, true].map(|response| {
            let way = if response { answer(0) } else { request(0) };
            let payloads = vec![
                Payload::new(PayloadType::SA, Body::Sa(offer())),
                first.payload(response),
                Payload::new(
                    PayloadType::NONCE,
                    Body::Nonce(if response { NONCES.r } else { NONCES.i }),
                ),
            ];
            clear(ExchangeType::IKE_SA_INIT, way, payloads)
        });
        Self {
            exchanges,
            keys,
            init,
        }
    }

    /// What both ends say after `IKE_SA_INIT`, the second exchange in
    /// fragments; at the end AUTH by the pre-shared key.
    fn rest(&self) -> Vec<Vec<u8>> {
        let (mut int_i, mut int_r) = (IntAuth::new(), IntAuth::new());
        let mut all = Vec::new();
        for (number, message_id) in [(0, 1), (1, 2)] {
            let (keys, exchange) = (&self.keys[number], &self.exchanges[number + 1]);
            for way in [request(message_id), answer(message_id)] {
                let payloads = [exchange.payload(way.response)];
                let kind = ExchangeType::IKE_INTERMEDIATE;
                let whole = sealed(keys, kind, way, &payloads);
                let (chain, sk_p) = match way.by_initiator {
                    true => (&mut int_i, &keys.sk_pi),
                    false => (&mut int_r, &keys.sk_pr),
                };
                let inside = inner(&payloads);
                chain.add(prf(), sk_p, &whole[..32], &inside).unwrap();
                match number {
                    0 => all.push(whole),
                    _ => all.extend(fragments(keys, kind, way, &payloads, 40)),
                }
            }
        }
        for way in [request(3), answer(3)] {
            all.push(self.auth(way, &int_i, &int_r));
        }
        all
    }

    fn auth(&self, way: Way, i: &IntAuth, r: &IntAuth) -> Vec<u8> {
        let keys = &self.keys[2];
        let name: &[u8] = if way.by_initiator { b"a" } else { b"b" };
        let id = Id::new(IdType::ID_FQDN, IdData::Bytes(name));
        let id_body = [&[2, 0, 0, 0], name].concat();
        let (kind, message, nonce, sk_p) = match way.by_initiator {
            true => (PayloadType::IDI, &self.init[0], NONCES.r, &keys.sk_pi),
            false => (PayloadType::IDR, &self.init[1], NONCES.i, &keys.sk_pr),
        };
        let intermediate = Some(Intermediate {
            i,
            r,
            auth_message_id: 3,
        });
        let octets = SignedOctets::new(prf(), message, nonce, sk_p, &id_body, intermediate);
        let value = octets.shared_key_auth(prf(), &Secret::new(PSK.to_vec()));
        let auth = Auth::new(
            AuthMethod::SHARED_KEY,
            AuthData::Raw(value.dangerous_bytes()),
        );
        let payloads = [
            Payload::new(kind, Body::Id(id)),
            Payload::new(PayloadType::AUTH, Body::Auth(auth)),
        ];
        sealed(keys, ExchangeType::IKE_AUTH, way, &payloads)
    }
}

fn offer<'a>() -> Sa<'a> {
    let group = |kind, id: KeyExchange| Transform::new(kind, id.0);
    let transforms = vec![
        Transform::new(TransformType::ENCR, Encryption::ENCR_AES_CBC.0).with_key_length(256),
        Transform::new(TransformType::PRF, Prf::PRF_HMAC_SHA2_256.0),
        Transform::new(TransformType::INTEG, INTEG.0),
        group(TransformType::KE, KeyExchange::CURVE25519),
        group(TransformType::ADDKE1, KeyExchange::ML_KEM_768),
        group(TransformType::ADDKE2, KeyExchange::ECP_256),
    ];
    Sa::new(vec![Proposal::new(1, ProtocolId::IKE, &[], transforms)])
}

fn of_secrets(secrets: impl IntoIterator<Item = KeyExchangeSecret>) -> Keyring {
    let mut log = keylog::read(b"SPI: 0\n : PSK \"correct horse battery\"\n");
    let mut keyring = Keyring::new(provider());
    let template = log.entries.pop().unwrap();
    for secret in secrets {
        let mut log = KeyLog::default();
        log.entries.push(keylog::Entry {
            keys: Keys::KeyExchange(secret),
            ..template
        });
        keyring.add(log);
    }
    keyring.add_psk(psk(PSK));
    keyring
}

/// IKE_SA_INIT, two IKE_INTERMEDIATE, IKE_AUTH, from private values or from
/// shared secrets that say no more than themselves.
#[test]
fn additional_key_exchanges_change_the_keys() {
    let talk = Talk::new();
    let by_private: fn(&Exchange) -> KeyExchangeSecret = Exchange::known_by_private;
    let by_secret: fn(&Exchange) -> KeyExchangeSecret = Exchange::known_by_secret;
    for known in [by_private, by_secret] {
        let keyring = of_secrets(talk.exchanges.iter().map(known));
        let mut sas = Sas::default();
        for message in &talk.init {
            assert!(matches!(
                take(&mut sas, &keyring, message).state,
                State::Clear
            ));
        }
        let mut proofs = Vec::new();
        for message in talk.rest() {
            let took = take(&mut sas, &keyring, &message);
            let open = matches!(took.state, State::Open { .. } | State::Waiting { .. });
            assert!(open, "{took:?}");
            proofs.extend(took.proofs);
        }
        assert_eq!(proofs.len(), 2);
        for proof in &proofs {
            assert_eq!(proof.verdict, Verdict::Holds, "{proof:?}");
        }
    }
}

/// Without one of the secrets the rest stays closed; without the messages
/// between, AUTH cannot be judged and is not.
#[test]
fn what_is_missing_is_said() {
    let talk = Talk::new();
    let keyring = of_secrets(talk.exchanges.iter().take(2).map(Exchange::known_by_secret));
    let mut sas = Sas::default();
    let rest = talk.rest();
    for message in talk.init.iter().chain(&rest[..rest.len() - 2]) {
        let state = take(&mut sas, &keyring, message).state;
        assert!(!matches!(state, State::Closed(_)));
    }
    for message in &rest[rest.len() - 2..] {
        let took = take(&mut sas, &keyring, message);
        assert!(matches!(took.state, State::Closed(Unsealing::NoKey)));
    }

    let mut keyring = of_secrets([]);
    let keys = &talk.keys[2];
    let copy = |key: &Secret| Some(Secret::new(key.dangerous_bytes().to_vec()));
    let mut log = keylog::read(b" : PSK \"x\"\n");
    log.entries[0].keys = Keys::Ikev2(Ikev2Keys {
        sk_ai: copy(&keys.sk_ai),
        sk_ar: copy(&keys.sk_ar),
        sk_ei: copy(&keys.sk_ei),
        sk_er: copy(&keys.sk_er),
        sk_pi: copy(&keys.sk_pi),
        sk_pr: copy(&keys.sk_pr),
        ..Ikev2Keys::default()
    });
    keyring.add(log);
    let mut sas = Sas::default();
    for message in talk.init.iter().chain(&rest[rest.len() - 2..]) {
        for proof in take(&mut sas, &keyring, message).proofs {
            assert!(matches!(proof.verdict, Verdict::Open(_)), "{proof:?}");
        }
    }
}

/// A flood of forgeries does not keep the keys from being found.
#[test]
fn forgeries_before_the_first_message_do_no_harm() {
    let talk = Talk::new();
    let keyring = of_secrets(talk.exchanges.iter().map(Exchange::known_by_secret));
    let mut sas = Sas::default();
    for message in &talk.init {
        take(&mut sas, &keyring, message);
    }
    let first = &talk.rest()[0];
    let mut forged = first.clone();
    *forged.last_mut().unwrap() ^= 1;
    for _ in 0..40 {
        assert!(take(&mut sas, &keyring, &forged).is_closed(UnsealFault::WrongKey));
    }
    // A second answer with the same SPIs is ignored.
    let mut answer = talk.init[1].clone();
    let last = answer.len() - 1;
    answer[last] ^= 1;
    take(&mut sas, &keyring, &answer);
    assert!(take(&mut sas, &keyring, first).is_open());
    assert!(take(&mut sas, &keyring, &forged).is_closed(UnsealFault::WrongIcv));
}

const NEW_NONCES: Nonces<'static> = Nonces {
    i: &[0xc3; 32],
    r: &[0xd4; 32],
};

/// CREATE_CHILD_SA with a further key exchange, which IKE_FOLLOWUP_KE brings.
fn follow_up(talk: &Talk, protocol: ProtocolId, spis: [&[u8]; 2]) -> Vec<Vec<u8>> {
    let keys = &talk.keys[0];
    let [first, second, _] = &talk.exchanges;
    let offer = |spi| {
        let mut offer = offer();
        offer.proposals[0].protocol = protocol;
        offer.proposals[0].spi = spi;
        offer.proposals[0].transforms.remove(5);
        Payload::new(PayloadType::SA, Body::Sa(offer))
    };
    let nonce = |nonce| Payload::new(PayloadType::NONCE, Body::Nonce(nonce));
    let link = || {
        let kind = NotifyType::ADDITIONAL_KEY_EXCHANGE;
        let notify = Notify::new(kind, NotifyData::Raw(b"link"));
        Payload::new(PayloadType::NOTIFY, Body::Notify(notify))
    };
    let create = ExchangeType::CREATE_CHILD_SA;
    let follow = ExchangeType::IKE_FOLLOWUP_KE;
    let asked = [offer(spis[0]), nonce(NEW_NONCES.i), first.payload(false)];
    let answered = [
        offer(spis[1]),
        nonce(NEW_NONCES.r),
        first.payload(true),
        link(),
    ];
    vec![
        sealed(keys, create, request(1), &asked),
        sealed(keys, create, answer(1), &answered),
        sealed(keys, follow, request(2), &[second.payload(false), link()]),
        sealed(keys, follow, answer(2), &[second.payload(true)]),
    ]
}

/// RFC 9370 §2.2.4: SKEYSEED = prf(SK_d, SK(0) | Ni | Nr | SK(1))
#[test]
fn follow_up_exchanges_complete_new_sas() {
    let talk = Talk::new();
    let keyring = of_secrets(talk.exchanges.iter().map(Exchange::known_by_private));
    let mut sas = Sas::default();
    let new = Spis {
        i: [1; 8],
        r: [2; 8],
    };
    let messages = follow_up(&talk, ProtocolId::IKE, [&new.i, &new.r]);
    for message in talk.init.iter().chain(&messages) {
        let state = take(&mut sas, &keyring, message).state;
        assert!(!matches!(state, State::Closed(_)), "{state:?}");
    }
    let shared = [&talk.exchanges[0].shared, &talk.exchanges[1].shared];
    let sk_d = &talk.keys[0].sk_d;
    let seed = ikev2::skeyseed_rekeyed(prf(), sk_d, NEW_NONCES, &shared);
    let keys = IkeKeys::expand(prf(), &seed, NEW_NONCES, new, SIZES).unwrap();
    let mut message = clear(ExchangeType::INFORMATIONAL, request(0), Vec::new());
    message[..8].copy_from_slice(&new.i);
    message[8..16].copy_from_slice(&new.r);
    let sk = body(&keys, true);
    let hidden = sk.body_len(0);
    message[16] = PayloadType::SK.0;
    message.extend([0, 0, 0, u8::try_from(4 + hidden).unwrap()]);
    message[27] = u8::try_from(message.len() + hidden).unwrap();
    sk.seal(&[9; 16], &[], &mut message).unwrap();
    assert!(take(&mut sas, &keyring, &message).is_open());
}

#[test]
fn follow_up_exchanges_complete_child_sas() {
    let talk = Talk::new();
    let keyring = of_secrets(talk.exchanges.iter().map(Exchange::known_by_private));
    let mut sas = Sas::default();
    let spis: [&[u8]; 2] = [&[1, 2, 3, 4], &[5, 6, 7, 8]];
    let messages = follow_up(&talk, ProtocolId::ESP, spis);
    let mut children = Vec::new();
    for message in talk.init.iter().chain(&messages) {
        assert!(children.is_empty(), "only the last message tells");
        children = take(&mut sas, &keyring, message).children;
    }
    let shared = [&talk.exchanges[0].shared, &talk.exchanges[1].shared];
    let sk_d = &talk.keys[0].sk_d;
    let keys = ikev2::ChildKeys::derive(prf(), sk_d, NEW_NONCES, &shared, SIZES).unwrap();
    let [to_responder, to_initiator]: [SaKeys; 2] = children.try_into().unwrap();
    assert_eq!(to_responder.spi, Some(0x0506_0708));
    assert_eq!(to_initiator.spi, Some(0x0102_0304));
    let key = keys.initiator.encr.dangerous_bytes();
    assert!(to_responder.encryption_key.ct_eq(key));
    let key = keys.responder.integ.dangerous_bytes();
    assert!(to_initiator.authentication_key.ct_eq(key));
}

/// The two ends themselves may be hostile: fragments under the right keys.
#[test]
fn numbers_of_opened_fragments_are_checked() {
    let talk = Talk::new();
    let keyring = of_secrets(talk.exchanges.iter().map(Exchange::known_by_secret));
    let mut sas = Sas::default();
    for message in &talk.init {
        take(&mut sas, &keyring, message);
    }
    let keys = &talk.keys[0];
    let (kind, way) = (ExchangeType::INFORMATIONAL, request(1));
    for place in [
        (0, 0),
        (0, 9),
        (9, 1),
        (1, 65_535),
        (65_535, 65_535),
        (2, 2),
    ] {
        let bytes = fragment(keys, kind, way, PayloadType::NONE, place, &[1; 20]);
        let took = take(&mut sas, &keyring, &bytes);
        assert!(matches!(took.state, State::Waiting { .. }), "{place:?}");
    }
    // Of the message in two fragments, the second came; a retry has three.
    for (place, whole) in [
        ((1, 3), false),
        ((2, 2), false),
        ((3, 3), false),
        ((2, 3), true),
    ] {
        let piece = [u8::try_from(place.0).unwrap(); 2];
        let bytes = fragment(keys, kind, way, PayloadType::NONE, place, &piece);
        let took = take(&mut sas, &keyring, &bytes);
        assert_eq!(took.is_open(), whole, "{place:?}");
        if whole {
            assert_eq!(took.plain, [1, 1, 2, 2, 3, 3]);
        }
    }
}

/// Every pad length under a check value that is right.
#[test]
fn impossible_padding_is_told_from_a_wrong_check_value() {
    let talk = Talk::new();
    let keyring = of_secrets(talk.exchanges.iter().map(Exchange::known_by_secret));
    let mut sas = Sas::default();
    for message in &talk.init {
        take(&mut sas, &keyring, message);
    }
    let keys = &talk.keys[0];
    let cbc = suite::encryption(Encryption::ENCR_AES_CBC).unwrap();
    let cipher = provider().cipher(cbc).unwrap();
    let cipher = cipher.with_key(keys.sk_ei.dangerous_bytes()).unwrap();
    let mac = provider().mac(suite::integrity(INTEG).unwrap()).unwrap();
    let mac = mac.with_key(keys.sk_ai.dangerous_bytes()).unwrap();
    for pad_length in 0..=u8::MAX {
        let mut text = vec![0; 32];
        text[31] = pad_length;
        cipher.encrypt(&[9; 16], &mut text).unwrap();
        let data = [&[9; 16][..], &text, &[0; 16]].concat();
        let sk = Payload::new(PayloadType::SK, Body::Sk(Sk::new(PayloadType::NONE, &data)));
        let mut message = clear(ExchangeType::INFORMATIONAL, request(1), vec![sk]);
        let (signed, icv) = message.split_last_chunk_mut::<16>().unwrap();
        mac.sign(&[], &[signed], icv).unwrap();
        let took = take(&mut sas, &keyring, &message);
        match pad_length {
            0..=31 => assert!(took.is_open()),
            _ => assert!(took.is_closed(UnsealFault::WrongPadding), "{took:?}"),
        }
    }
}

#[test]
fn tables_are_bounded() {
    let keyring = Keyring::new(provider());
    let mut sas = Sas::default();
    let talk = Talk::new();
    let sealed = sealed(&talk.keys[0], ExchangeType::INFORMATIONAL, request(1), &[]);
    for n in 0..3 * SAS_MAX as u64 {
        let now = Instant::from_micros(n / 2);
        for message in [&talk.init[0], &talk.init[1], &sealed] {
            let mut message = message.clone();
            message[..8].copy_from_slice(&n.to_be_bytes());
            take_at(&mut sas, &keyring, now, &message);
        }
    }
    assert!(sas.sas.len() <= SAS_MAX && sas.offers.len() <= OFFERS_MAX);
    let latest = 3 * SAS_MAX as u64 - 1;
    assert!(sas.sas.contains_key(&(latest, SPI_R)));
}

/// What an SA remembers of values that are too long is nothing.
#[test]
fn long_values_are_not_remembered() {
    let long = vec![7; 10_000];
    let ke = Payload::new(
        PayloadType::KE,
        Body::Ke(Ke::new(KeyExchange::CURVE25519, &long)),
    );
    let nonce = |len: usize| Payload::new(PayloadType::NONCE, Body::Nonce(&long[..len]));
    let half = Half::of(&[ke, nonce(257)]);
    assert!(half.public.is_none() && half.nonce.is_none());
    assert!(Half::of(&[nonce(256)]).nonce.is_some());

    let keyring = Keyring::new(provider());
    let mut sas = Sas::default();
    let vendor = |len| Payload::new(PayloadType::VENDOR_ID, Body::VendorId(&long[..len]));
    for (len, kept) in [(INIT_MAX - 31, 0), (INIT_MAX - 32, 1)] {
        let init = clear(ExchangeType::IKE_SA_INIT, request(0), vec![vendor(len)]);
        take(&mut sas, &keyring, &init);
        assert_eq!(sas.offers.len(), kept);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Both ends may say what they like, under the right keys.
    #[test]
    fn nothing_that_opens_panics(
        said in proptest::collection::vec(
            (0..6_usize, 34..46_u8, any::<(bool, bool)>(), 0..4_u32, any::<[(u16, u8); 3]>()),
            1..8,
        ),
    ) {
        let talk = talk();
        let keyring = of_secrets(talk.exchanges.iter().map(Exchange::known_by_secret));
        let mut sas = Sas::default();
        for message in &talk.init {
            take(&mut sas, &keyring, message);
        }
        for (which, exchange, (by_initiator, response), message_id, changes) in said {
            let (first, mut inside) = script(talk, which);
            for (at, value) in changes {
                let at = usize::from(at) % inside.len();
                inside[at] = value;
            }
            let way = Way { by_initiator, response, message_id };
            let kind = ExchangeType(exchange);
            let keys = &talk.keys[0];
            let message = sealed_bytes(keys, kind, way, first, &inside);
            let took = take(&mut sas, &keyring, &message);
            prop_assert!(took.children.len() <= 8 && took.proofs.len() <= 1);
        }
    }
}

fn talk() -> &'static Talk {
    static TALK: std::sync::OnceLock<Talk> = std::sync::OnceLock::new();
    TALK.get_or_init(Talk::new)
}

/// Something that makes sense, to be changed a little.
fn script(talk: &Talk, which: usize) -> (PayloadType, Vec<u8>) {
    let spis: [&[u8]; 2] = [&[1, 2, 3, 4], &[5, 6, 7, 8]];
    let mut messages = follow_up(talk, ProtocolId::ESP, spis);
    messages.push(talk.auth(request(3), &IntAuth::new(), &IntAuth::new()));
    messages.push(talk.auth(answer(3), &IntAuth::new(), &IntAuth::new()));
    let message = &messages[which];
    let keys = &talk.keys[if which < 4 { 0 } else { 2 }];
    let mut inside = Vec::new();
    let from_initiator = which.is_multiple_of(2);
    let end = body(keys, from_initiator).open(message, 32..message.len(), &mut inside);
    inside.truncate(end.unwrap());
    (PayloadType(message[28]), inside)
}
