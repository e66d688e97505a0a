//! Two strongSwan, recorded, with what their logs say.

use super::*;

const REKEY_IKE: &[u8] =
    include_bytes!("../../../../../tests/data/unsealed/v2-rekey-ike/wire.pcap");
const REKEY_IKE_KEYS: &[u8] =
    include_bytes!("../../../../../tests/data/unsealed/v2-rekey-ike/keys.json");
const PFS: &[u8] = include_bytes!("../../../../../tests/data/golden/v2-rekey-child-pfs/wire.pcap");
const PFS_KEYS: &[u8] =
    include_bytes!("../../../../../tests/data/golden/v2-rekey-child-pfs/keys.json");
const CERTS: &[u8] =
    include_bytes!("../../../../../tests/data/unsealed/v2-certs-fragments/wire.pcap");
const CERTS_KEYS: &[u8] =
    include_bytes!("../../../../../tests/data/unsealed/v2-certs-fragments/keys.json");
const PPK: &[u8] = include_bytes!("../../../../../tests/data/golden/v2-ppk/wire.pcap");
const PPK_KEYS: &[u8] = include_bytes!("../../../../../tests/data/golden/v2-ppk/keys.json");

/// The entries of a log that `wanted` wants, by their numbers.
fn entries(file: &[u8], wanted: impl Fn(usize, &Keys) -> bool) -> KeyLog {
    let mut log = keylog::read(file);
    let mut number = 0;
    log.entries.retain(|entry| {
        number += 1;
        wanted(number - 1, &entry.keys)
    });
    log
}

const fn is_ike(_: usize, keys: &Keys) -> bool {
    matches!(keys, Keys::Ikev2(_) | Keys::KeyExchange(_))
}

fn take_all(keyring: &Keyring, messages: &[Vec<u8>]) -> Vec<Took> {
    let mut sas = Sas::default();
    let take = |message: &Vec<u8>| take(&mut sas, keyring, message);
    messages.iter().map(take).collect()
}

fn open(taken: &[Took]) -> usize {
    taken.iter().filter(|it| it.is_open()).count()
}

/// 20 encrypted messages in three IKE SAs, each rekeyed by the other end.
#[test]
fn rekeyed_sas_open_with_what_the_log_says() {
    let messages = messages(REKEY_IKE);
    assert_eq!(messages.len(), 22);
    // The log gives the keys of rekeyed SAs without SPIs, the last even
    // without algorithms.
    let whole = keyring(entries(REKEY_IKE_KEYS, is_ike));
    assert_eq!(open(&take_all(&whole, &messages)), 20);
    // Shared secrets alone: SKEYSEED from the old SK_d.
    let is_secret = |_, keys: &Keys| matches!(keys, Keys::KeyExchange(_));
    let secrets = keyring(entries(REKEY_IKE_KEYS, is_secret));
    assert_eq!(open(&take_all(&secrets, &messages)), 20);
    // The first SA alone: what replaces it stays closed.
    let first = keyring(entries(REKEY_IKE_KEYS, |n, keys| n < 2 && is_ike(n, keys)));
    let taken = take_all(&first, &messages);
    assert_eq!(open(&taken), 6);
    let no_key = |it: &&Took| matches!(it.state, State::Closed(Unsealing::NoKey));
    assert_eq!(taken.iter().filter(no_key).count(), 14);
    // Without the first SA's keys, its successors'.
    let later = keyring(entries(REKEY_IKE_KEYS, |n, keys| n > 2 && is_ike(n, keys)));
    let opened: Vec<bool> = take_all(&later, &messages)
        .iter()
        .map(Took::is_open)
        .collect();
    assert_eq!(opened[..8], [false; 8]);
    assert_eq!(opened[8..], [true; 14]);
}

#[test]
fn child_sas_get_the_keys_that_the_daemon_logged() {
    let keyring = keyring(entries(REKEY_IKE_KEYS, is_ike));
    let taken = take_all(&keyring, &messages(REKEY_IKE));
    let derived: Vec<&SaKeys> = taken.iter().flat_map(|it| &it.children).collect();
    assert_eq!(derived.len(), 6);
    let mut logged = 0;
    for entry in keylog::read(REKEY_IKE_KEYS).entries {
        let Keys::Sa(sa) = entry.keys else {
            continue;
        };
        logged += 1;
        let ours = derived.iter().find(|it| it.spi == sa.spi).unwrap();
        let key = sa.encryption_key.dangerous_bytes();
        assert!(ours.encryption_key.ct_eq(key), "{sa:?}");
        let key = sa.authentication_key.dangerous_bytes();
        assert!(ours.authentication_key.ct_eq(key), "{sa:?}");
        assert_eq!(ours.encryption, sa.encryption);
        assert_eq!(ours.authentication, sa.authentication);
        assert_eq!(ours.extended_sequence, sa.extended_sequence);
    }
    assert_eq!(logged, 6);
}

fn proofs(candidates: &[&[u8]], repetitions: usize) -> Vec<Proof> {
    let mut keyring = keyring(entries(PFS_KEYS, is_ike));
    for candidate in candidates {
        keyring.add_psk(psk(candidate));
    }
    let messages = messages(PFS);
    let once = messages
        .iter()
        .flat_map(|it| core::iter::repeat_n(it.clone(), repetitions));
    let taken = take_all(&keyring, &once.collect::<Vec<_>>());
    taken.into_iter().flat_map(|it| it.proofs).collect()
}

#[test]
fn candidate_keys_are_counted_and_the_right_one_is_named() {
    let tried = |candidates, fits: Option<&str>| {
        Some(Tried {
            candidates,
            fits: fits.map(str::to_owned),
        })
    };
    let [i, r]: [Proof; 2] = proofs(&[b"a", b"b", PSK, b"c"], 1).try_into().unwrap();
    assert_eq!(
        (i.of, i.by_initiator, &i.verdict),
        (Proven::SharedKeyAuth, true, &Verdict::Holds)
    );
    assert_eq!(i.tried, tried(3, Some("candidate 3")));
    assert_eq!((r.by_initiator, &r.verdict), (false, &Verdict::Holds));
    assert_eq!(
        r.tried,
        tried(1, Some("candidate 3")),
        "the same key is the first guess"
    );

    let [i, r]: [Proof; 2] = proofs(&[b"a", b"b"], 1).try_into().unwrap();
    assert_eq!((&i.verdict, &r.verdict), (&Verdict::Fails, &Verdict::Fails));
    assert_eq!((i.tried, r.tried), (tried(2, None), tried(2, None)));

    let [i, r]: [Proof; 2] = proofs(&[], 1).try_into().unwrap();
    assert!(matches!(i.verdict, Verdict::Open(_)) && i.tried.is_none());
    assert!(matches!(r.verdict, Verdict::Open(_)));
}

#[test]
fn repetitions_prove_nothing_new() {
    assert_eq!(proofs(&[PSK], 3).len(), 2);
}

/// HDR(refused), N(INVALID_KE_PAYLOAD), HDR, HDR, five fragments of IKE_AUTH.
#[test]
fn signatures_are_verified_with_the_certificates_on_the_wire() {
    let keyring = keyring(entries(CERTS_KEYS, is_ike));
    let mut messages = messages(CERTS);
    assert_eq!(messages.len(), 11);
    let verdicts = |messages: &[Vec<u8>]| -> Vec<(bool, Proven, Verdict)> {
        let taken = take_all(&keyring, messages);
        let waiting = |it: &&Took| matches!(it.state, State::Waiting { verified: true });
        assert_eq!(taken.iter().filter(waiting).count(), 3);
        let joined = |it: &&Took| {
            matches!(
                it.state,
                State::Open {
                    fragments: 2 | 3,
                    ..
                }
            )
        };
        assert_eq!(taken.iter().filter(joined).count(), 2);
        let proofs = taken.into_iter().flat_map(|it| it.proofs);
        proofs
            .map(|it| (it.by_initiator, it.of, it.verdict))
            .collect()
    };
    let i = (true, Proven::SignatureAuth, Verdict::Holds);
    let r = (false, Proven::SignatureAuth, Verdict::Holds);
    assert_eq!(verdicts(&messages), [i.clone(), r.clone()]);

    // A late copy of the request that was refused changes nothing.
    messages.insert(3, messages[0].clone());
    assert_eq!(verdicts(&messages), [i, r.clone()]);

    // Whoever changes the first message on its way shows.
    let last = messages[2].len() - 1;
    messages[2][last] ^= 1;
    let i = (true, Proven::SignatureAuth, Verdict::Fails);
    assert_eq!(verdicts(&messages), [i, r]);
}

/// From the shared secret alone three keys are not yet those in use: the
/// post-quantum preshared key among the candidates makes them (RFC 8784).
#[test]
fn a_post_quantum_preshared_key_is_found_among_the_candidates() {
    let messages = messages(PPK);
    let outcome = |candidates: &[&[u8]]| {
        let mut keyring = keyring(entries(PPK_KEYS, |_, keys| {
            matches!(keys, Keys::KeyExchange(_))
        }));
        for candidate in candidates {
            keyring.add_psk(psk(candidate));
        }
        let taken = take_all(&keyring, &messages);
        assert_eq!(open(&taken), 4);
        let (proofs, children): (Vec<_>, Vec<_>) =
            taken.into_iter().map(|it| (it.proofs, it.children)).unzip();
        let verdicts: Vec<_> = proofs.into_iter().flatten().map(|it| it.verdict).collect();
        (verdicts, children.into_iter().flatten().collect::<Vec<_>>())
    };
    let ppk = [0x5a; 32];
    let (verdicts, children) = outcome(&[b"x", PSK, &ppk]);
    assert_eq!(verdicts, [Verdict::Holds, Verdict::Holds]);
    let logged = entries(PPK_KEYS, |_, keys| matches!(keys, Keys::Sa(_)));
    assert_eq!((children.len(), logged.entries.len()), (2, 2));
    for entry in &logged.entries {
        let Keys::Sa(sa) = &entry.keys else {
            unreachable!();
        };
        let ours = children.iter().find(|it| it.spi == sa.spi).unwrap();
        let key = sa.encryption_key.dangerous_bytes();
        assert!(ours.encryption_key.ct_eq(key), "{sa:?}");
    }
    let (verdicts, children) = outcome(&[PSK]);
    let open = |it: &Verdict| matches!(it, Verdict::Open(_));
    assert!(verdicts.iter().all(open) && children.is_empty());

    // What the daemon logged is mixed already.
    let mut keyring = keyring(entries(PPK_KEYS, |_, keys| matches!(keys, Keys::Ikev2(_))));
    keyring.add_psk(psk(PSK));
    let proofs = take_all(&keyring, &messages);
    let mut proofs = proofs.iter().flat_map(|it| &it.proofs);
    assert!(proofs.all(|it| it.verdict == Verdict::Holds));
}

#[test]
fn keys_of_another_sa_do_not_fit() {
    let messages = messages(PFS);
    let with_spis = keyring(entries(PPK_KEYS, is_ike));
    let taken = take_all(&with_spis, &messages);
    let no_key = |it: &&Took| matches!(it.state, State::Closed(Unsealing::NoKey));
    assert_eq!(taken.iter().filter(no_key).count(), 8);

    let mut log = entries(PPK_KEYS, is_ike);
    for entry in &mut log.entries {
        match &mut entry.keys {
            Keys::Ikev2(keys) => (keys.spi_i, keys.spi_r) = (None, None),
            Keys::KeyExchange(secret) => (secret.spi_i, secret.spi_r) = (None, None),
            _ => {}
        }
    }
    let taken = take_all(&keyring(log), &messages);
    let wrong = |it: &&Took| it.is_closed(UnsealFault::WrongKey);
    assert_eq!(taken.iter().filter(wrong).count(), 8);
    assert_eq!(open(&taken), 0);
}

/// Contradictory entries: the one that fits is taken, wherever it stands.
#[test]
fn entries_that_contradict_each_other_are_tried() {
    let messages = messages(PFS);
    for at in 0..3 {
        let mut wrong: Vec<Ikev2Keys> = (0..2_u8).map(|n| false_keys(&messages, n)).collect();
        let right = entries(PFS_KEYS, |_, keys| matches!(keys, Keys::Ikev2(_)));
        let mut keyring = Keyring::new(provider());
        for place in 0..3 {
            if place == at {
                keyring.add(entries(PFS_KEYS, |_, keys| matches!(keys, Keys::Ikev2(_))));
            } else {
                let mut log = keylog::read(PFS_KEYS);
                log.entries.truncate(1);
                log.entries[0].keys = Keys::Ikev2(wrong.pop().unwrap());
                keyring.add(log);
            }
        }
        assert_eq!(right.entries.len(), 1);
        assert_eq!(open(&take_all(&keyring, &messages)), 8, "{at}");
    }
}

fn false_keys(messages: &[Vec<u8>], byte: u8) -> Ikev2Keys {
    let key = || Some(Secret::new(vec![byte; 32]));
    Ikev2Keys {
        spi_i: messages[1][..8].try_into().ok(),
        spi_r: messages[1][8..16].try_into().ok(),
        encryption: Some(Encryption::ENCR_AES_CBC),
        sk_d: key(),
        sk_ai: key(),
        sk_ar: key(),
        sk_ei: key(),
        sk_er: key(),
        ..Ikev2Keys::default()
    }
}

/// Half of the keys open half of the messages, and the halves go together.
#[test]
fn partial_entries_open_one_direction() {
    let half = |initiator: bool| {
        let mut log = entries(PFS_KEYS, |_, keys| matches!(keys, Keys::Ikev2(_)));
        for entry in &mut log.entries {
            if let Keys::Ikev2(keys) = &mut entry.keys {
                keys.skeyseed = None;
                match initiator {
                    true => (keys.sk_er, keys.sk_ar) = (None, None),
                    false => (keys.sk_ei, keys.sk_ai) = (None, None),
                }
            }
        }
        log
    };
    let messages = messages(PFS);
    for initiator in [true, false] {
        let taken = take_all(&keyring(half(initiator)), &messages);
        assert_eq!(open(&taken), 4);
        let no_key = |it: &&Took| matches!(it.state, State::Closed(Unsealing::NoKey));
        assert_eq!(taken.iter().filter(no_key).count(), 4);
    }
    let mut both = keyring(half(true));
    both.add(half(false));
    assert_eq!(open(&take_all(&both, &messages)), 8);
}

#[test]
fn no_changed_bit_opens() {
    let keyring = keyring(entries(PFS_KEYS, is_ike));
    let messages = messages(PFS);
    let mut sas = Sas::default();
    for message in &messages {
        take(&mut sas, &keyring, message);
    }
    let mut wrong_icv = 0;
    for message in &messages[2..] {
        for bit in (0..message.len() * 8).step_by(5) {
            let mut changed = message.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let took = take(&mut sas, &keyring, &changed);
            let closed = matches!(took.state, State::Clear | State::Closed(_));
            assert!(closed && took.plain.is_empty(), "bit {bit}: {took:?}");
            assert!(took.proofs.is_empty() && took.children.is_empty());
            wrong_icv += usize::from(took.is_closed(UnsealFault::WrongIcv));
        }
        assert!(take(&mut sas, &keyring, message).is_open());
    }
    assert!(wrong_icv > 1000);
}

/// SK bodies of every short length, and messages that end too early.
#[test]
fn short_bodies_stay_closed() {
    let keyring = keyring(entries(PFS_KEYS, is_ike));
    let messages = messages(PFS);
    let mut sas = Sas::default();
    for message in &messages[..4] {
        take(&mut sas, &keyring, message);
    }
    for len in 0..=64 {
        let mut short = messages[2][..32 + len].to_vec();
        let took = take(&mut sas, &keyring, &short);
        assert!(
            took.is_closed(UnsealFault::Length),
            "cut to {len}: {took:?}"
        );
        short[24..28].copy_from_slice(&u32::try_from(32 + len).unwrap().to_be_bytes());
        short[30..32].copy_from_slice(&u16::try_from(4 + len).unwrap().to_be_bytes());
        let took = take(&mut sas, &keyring, &short);
        let whole = len >= 48 && len % 16 == 0;
        let expected = match whole {
            true => UnsealFault::WrongIcv,
            false => UnsealFault::Length,
        };
        assert!(took.is_closed(expected), "{len}: {took:?}");
    }
}

#[test]
fn forged_fragments_are_never_kept() {
    let keyring = keyring(entries(PFS_KEYS, is_ike));
    let messages = messages(PFS);
    let mut sas = Sas::default();
    for message in &messages[..4] {
        take(&mut sas, &keyring, message);
    }
    let header = Message::decode(&messages[2]).unwrap().header;
    for (number, total) in [
        (0, 0),
        (0, 5),
        (1, 2),
        (7, 2),
        (2, 7),
        (1, 65_535),
        (65_535, 65_535),
    ] {
        let skf = Skf {
            first_inside: PayloadType::IDI,
            number,
            total,
            data: &[7; 64],
        };
        let payloads = vec![Payload::new(PayloadType::SKF, Body::Skf(skf))];
        let mut bytes = Vec::new();
        Message {
            header,
            payloads,
            trailing: &[],
        }
        .encode(&mut bytes);
        let took = take(&mut sas, &keyring, &bytes);
        assert!(
            took.is_closed(UnsealFault::WrongIcv),
            "{number}/{total}: {took:?}"
        );
    }
    assert!(format!("{:?}", sas.joins).contains("pending: {}"));
}

#[test]
fn debug_shows_no_key() {
    let file = keylog::read(PFS_KEYS);
    let mut keyring = keyring(entries(PFS_KEYS, is_ike));
    keyring.add_psk(psk(PSK));
    let mut sas = Sas::default();
    let mut shown = format!("{keyring:?}");
    for message in &messages(PFS) {
        let took = take(&mut sas, &keyring, message);
        shown.push_str(&format!(
            "{:?}{:?}{:?}",
            took.state, took.proofs, took.children
        ));
    }
    shown.push_str(&format!("{sas:?}"));
    let mut secrets = vec![PSK.to_vec()];
    for entry in &file.entries {
        match &entry.keys {
            Keys::Ikev2(keys) => secrets.extend(
                [
                    &keys.sk_d,
                    &keys.sk_ei,
                    &keys.sk_er,
                    &keys.sk_ai,
                    &keys.sk_pi,
                    &keys.skeyseed,
                ]
                .into_iter()
                .flatten()
                .map(|key| key.dangerous_bytes().to_vec()),
            ),
            Keys::Sa(sa) => secrets.push(sa.encryption_key.dangerous_bytes().to_vec()),
            _ => {}
        }
    }
    assert!(secrets.len() > 6);
    for secret in secrets {
        let start = &secret[..8];
        let decimal = format!("{start:?}");
        let hex: String = start.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = String::from_utf8_lossy(start).into_owned();
        for form in [decimal.trim_matches(['[', ']']), &hex, &text] {
            assert!(!shown.contains(form), "{form}");
        }
    }
}
