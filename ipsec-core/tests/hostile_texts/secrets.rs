//! Secrets as each dialect writes them, and ways in which their lines break.

/// One end of a tunnel with another secret, so that the two are compared.
pub(crate) const PEER: &[u8] = b"connections {\n gw {\n  version = 2\n  local_addrs = 198.51.100.1\n  remote_addrs = 192.0.2.1\n  local {\n   auth = psk\n  }\n  remote {\n   auth = psk\n  }\n }\n}\nsecrets {\n ike-a {\n  secret = short\n }\n}\n";

/// The secret of one word, and the words of another; no part may be seen.
pub(crate) const PARTS: [&str; 4] = ["Hx7Kq9", "Wv3Zt5", "Jp2Xn8", "4878374b7139"];

const ONE_WORD: &str = "Hx7Kq9Wv3Zt5Jp2Xn8";

const WORDS: &str = "Hx7Kq9 Wv3Zt5 Jp2Xn8";

/// Whatever stands before `@`, between it and the next `@`, and behind.
struct Form {
    name: &'static str,
    text: &'static str,
    /// In quotation marks, where words may be apart.
    quoted: bool,
}

const fn form(name: &'static str, text: &'static str) -> Form {
    Form {
        name,
        text,
        quoted: false,
    }
}

const fn quoted(name: &'static str, text: &'static str) -> Form {
    Form {
        name,
        text,
        quoted: true,
    }
}

const FORMS: &[Form] = &[
    quoted(
        "swanctl",
        "connections {\n gw {\n  remote_addrs = 198.51.100.1\n  local_addrs = 192.0.2.1\n }\n}\nsecrets {\n ike-a {\n  id = a.example\n  secret = \"@\"\n }\n}\n",
    ),
    form(
        "swanctl bare",
        "connections {\n gw {\n  remote_addrs = 198.51.100.1\n  local_addrs = 192.0.2.1\n }\n}\nsecrets {\n ike-a {\n  secret = @\n }\n eap-b {\n  secret = @\n }\n ppk-c {\n  secret = @\n }\n private-d {\n  secret = @\n }\n token-e {\n  pin = @\n }\n}\n",
    ),
    quoted(
        "ipsec.secrets",
        "192.0.2.1 198.51.100.1 : PSK \"@\"\n: XAUTH \"@\"\nuser : EAP \"@\"\n: RSA key.pem \"@\"\n",
    ),
    quoted(
        "ipsec.secrets, libreswan",
        "@a.example @b.example: PSK '@'\n@user : XAUTH '@'\n: PPKS \"id\" \"@\"\n",
    ),
    form(
        "ipsec.secrets bare",
        "192.0.2.1 198.51.100.1 : PSK @\n: PIN 1 @\n: NTLM @\n",
    ),
    quoted(
        "iked",
        "ikev2 \"gw\" esp from 10.1.0.0/24 to 10.2.0.0/24 local 192.0.2.1 peer 198.51.100.1 psk \"@\"\nuser \"alice\" \"@\"\n",
    ),
    quoted(
        "iked macro",
        "key = \"@\"\nikev2 \"gw\" esp from 10.1.0.0/24 to 10.2.0.0/24 peer 198.51.100.1 psk $key\n",
    ),
    form(
        "iked bare",
        "ikev2 \"gw\" esp from 10.1.0.0/24 to 10.2.0.0/24 local 192.0.2.1 peer 198.51.100.1 psk @\nuser alice @\n",
    ),
    form(
        "IOS",
        "hostname left\ncrypto isakmp policy 1\n authentication pre-share\ncrypto isakmp key @ address 198.51.100.1\ncrypto isakmp key 0 @ hostname gw.example\ncrypto isakmp key 6 @ address 198.51.100.2\ncrypto keyring ring\n pre-shared-key address 198.51.100.1 key @\n pre-shared-key hostname gw.example key 6 @\ncrypto ikev2 keyring r2\n peer a\n  address 198.51.100.1\n  pre-shared-key @\n  pre-shared-key local @\n  pre-shared-key remote 0 @\n  pre-shared-key hex @\ncrypto isakmp client configuration group g\n key @\n",
    ),
    form(
        "IOS beside",
        "hostname left\nenable secret 5 @\nenable password @\nusername bob password 0 @\nusername eve privilege 15 secret 9 @\nsnmp-server community @ RO\nkey chain k\n key 1\n  key-string 7 @\ntacacs-server key @\nradius-server host 192.0.2.9 key @\naaa group server radius x\n server-private 192.0.2.9 key 7 @\ncrypto isakmp policy 1\n authentication pre-share\ninterface Tunnel0\n ip nhrp authentication @\n tunnel key 7\n ppp chap password 0 @\ncrypto pki trustpoint t\n password @\nline vty 0 4\n password 7 @\n",
    ),
    form(
        "ASA",
        "ASA Version 9.12(4)\nenable password @ encrypted\npasswd @ encrypted\nusername bob password @ encrypted privilege 15\ntunnel-group 198.51.100.1 type ipsec-l2l\ntunnel-group 198.51.100.1 ipsec-attributes\n ikev1 pre-shared-key @\n ikev2 remote-authentication pre-shared-key @\n ikev2 local-authentication pre-shared-key 0 @\n pre-shared-key @\naaa-server r (inside) host 192.0.2.9\n key @\n",
    ),
    form(
        "PIX",
        "PIX Version 6.3(5)\nisakmp enable outside\nisakmp key @ address 192.0.2.1 netmask 255.255.255.255\nvpngroup g password @\ncrypto map out 20 ipsec-isakmp\n",
    ),
    quoted(
        "FortiOS",
        "config vpn ipsec phase1-interface\n    edit \"gw\"\n        set remote-gw 198.51.100.1\n        set psksecret \"@\"\n        set psksecret-remote \"@\"\n        set ppk-secret \"@\"\n        set authpasswd \"@\"\n    next\nend\nconfig system admin\n    edit \"admin\"\n        set password \"@\"\n    next\nend\n",
    ),
    form(
        "FortiOS encrypted",
        "config vpn ipsec phase1-interface\n    edit \"gw\"\n        set remote-gw 198.51.100.1\n        set psksecret ENC @\n        set group-authentication-secret ENC @\n    next\nend\nconfig vpn ipsec manualkey-interface\n    edit m\n        set auth-key @\n        set enc-key @\n    next\nend\nconfig user local\n    edit u\n        set passwd ENC @\n    next\nend\n",
    ),
    quoted(
        "Junos braces",
        "version 22.4R1;\nsystem {\n    root-authentication {\n        encrypted-password \"@\"; ## SECRET-DATA\n    }\n}\nsecurity {\n    ike {\n        policy p {\n            pre-shared-key ascii-text \"@\"; ## SECRET-DATA\n        }\n        gateway g {\n            ike-policy p;\n            address 198.51.100.1;\n        }\n    }\n    ipsec {\n        vpn v {\n            manual {\n                encryption {\n                    key ascii-text \"@\";\n                }\n            }\n        }\n    }\n}\naccess {\n    profile x {\n        client c {\n            firewall-user {\n                password \"@\";\n            }\n        }\n    }\n}\n",
    ),
    form(
        "Junos lines",
        "set system root-authentication encrypted-password @\nset security ike policy p pre-shared-key ascii-text @\nset security ike policy p pre-shared-key hexadecimal @\nset security ike policy q seeded-pre-shared-key ascii-text @\nset security ike gateway g ike-policy p\nset security ike gateway g address 198.51.100.1\nset security ipsec vpn v manual encryption key ascii-text @\nset security ipsec vpn v manual authentication key hexadecimal @\nset access profile x client c firewall-user password @\n",
    ),
    quoted(
        "Junos quoted lines",
        "set security ike policy p pre-shared-key ascii-text \"@\"\nset security ike gateway g ike-policy p\nset security ike gateway g address 198.51.100.1\nset access profile x client c firewall-user password \"@\"\n",
    ),
    quoted(
        "setkey",
        "#!/usr/sbin/setkey -f\nadd 192.0.2.1 198.51.100.1 esp 0x1001 -m tunnel -E aes-cbc \"@\" -A hmac-sha1 \"@\";\nspdadd 10.1.0.0/24 10.2.0.0/24 any -P out ipsec esp/tunnel/192.0.2.1-198.51.100.1/require;\n",
    ),
    form(
        "setkey bare",
        "#!/usr/sbin/setkey -f\nadd 192.0.2.1 198.51.100.1 esp 0x1001 -E aes-cbc 0x@ -A hmac-sha1 0x@;\nspdadd 10.1.0.0/24 10.2.0.0/24 any -P out ipsec esp/tunnel/192.0.2.1-198.51.100.1/require;\n",
    ),
    form(
        "racoon",
        "path pre_shared_key \"/etc/psk\";\nremote 198.51.100.1 {\n\tmy_identifier address 192.0.2.1;\n\txauth_login \"@\";\n\tproposal {\n\t\tauthentication_method pre_shared_key;\n\t}\n}\n198.51.100.1 @\n",
    ),
    quoted(
        "PowerShell",
        "New-NetIPsecPhase1AuthSet -DisplayName x -Proposal @(\n New-NetIPsecAuthProposal -Machine -PreSharedKey \"@\"\n)\nAdd-VpnConnection -Name x -ServerAddress 198.51.100.1 -TunnelType L2tp -L2tpPsk '@' -Force\nNew-NetIPsecRule -DisplayName a -RemoteTunnelEndpoint 198.51.100.1\n",
    ),
    form(
        "PowerShell bare",
        "New-NetIPsecAuthProposal -Machine -PreSharedKey @\nSet-VpnConnection -Name x -L2tpPsk @\nNew-NetIPsecRule -DisplayName a -RemoteTunnelEndpoint 198.51.100.1\n$psk = \"@\"\n",
    ),
    quoted(
        "netsh",
        "netsh ipsec static add rule name=a policy=p filterlist=l filteraction=f tunnel=198.51.100.1 psk=\"@\"\nnetsh advfirewall consec add rule name=b endpoint1=any endpoint2=any action=requireinrequireout auth1=computerpsk auth1psk=\"@\"\n",
    ),
    form(
        "netsh bare",
        "netsh ipsec static add rule name=a policy=p filterlist=l filteraction=f tunnel=198.51.100.1 psk=@\nnetsh advfirewall mainmode add rule name=b auth1=computerpsk auth1psk=@\n",
    ),
    form(
        "xfrm",
        "src 192.0.2.1 dst 198.51.100.1\n\tproto esp spi 0xc0ffee01 reqid 1 mode tunnel\n\tauth-trunc hmac(sha256) 0x@ 128\n\tenc cbc(aes) 0x@\n",
    ),
    quoted(
        "SafeNet",
        "2001/06/13 16:02:56.950: AL_IKE--\nDestID: IPV4_ADDR-- PresharedKey: @\n\n2001/06/13 16:02:56.950: AL_IKE--\nPhase 1 negotiation succeeded with\n",
    ),
];

/// A file for each form and each way to break it.
pub(crate) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for form in FORMS {
        for (how, text) in broken(form) {
            files.push((format!("{}, {how}", form.name), text));
        }
    }
    files
}

fn broken(form: &Form) -> Vec<(String, Vec<u8>)> {
    // Where an identity begins with this sign, it stands for itself.
    let text = form.text.replace("@a.", "%a.").replace("@b.", "%b.");
    let text = text.replace("@user", "%user").replace("@(", "%(");
    let with = |secret: &str| text.replace('@', secret).replace('%', "@");
    let mut files = vec![
        ("whole".into(), with(ONE_WORD).into_bytes()),
        (
            "in hexadecimal".into(),
            with("0x4878374b713957763e5a").into_bytes(),
        ),
        (
            "CRLF".into(),
            with(ONE_WORD).replace('\n', "\r\n").into_bytes(),
        ),
        (
            "CR alone".into(),
            with(ONE_WORD).replace('\n', "\r").into_bytes(),
        ),
        (
            "CR at every second line end".into(),
            every_second(&with(ONE_WORD)).into_bytes(),
        ),
        (
            "capitals".into(),
            with(ONE_WORD).to_uppercase().into_bytes(),
        ),
        (
            "without blanks at the beginnings".into(),
            unindented(&with(ONE_WORD)).into_bytes(),
        ),
        (
            "without semicolons".into(),
            with(ONE_WORD).replace(';', "").into_bytes(),
        ),
        (
            "with a brace less".into(),
            with(ONE_WORD).replacen('{', "", 1).into_bytes(),
        ),
        (
            "with a brace more".into(),
            with(ONE_WORD).replacen('}', "}}", 1).into_bytes(),
        ),
        (
            "a name for a value".into(),
            with(ONE_WORD).replace('=', " ").into_bytes(),
        ),
        (
            "a mark behind".into(),
            with(&format!("{ONE_WORD}\"")).into_bytes(),
        ),
        (
            "rubbish inside".into(),
            spliced(&with(ONE_WORD), b"\xff\xfe\0"),
        ),
        ("NUL inside".into(), spliced(&with(ONE_WORD), b"\0")),
        (
            "a backslash inside".into(),
            with("Hx7Kq9\\Wv3Zt5").into_bytes(),
        ),
        (
            "a brace inside".into(),
            with("Hx7Kq9{Wv3Zt5}Jp2Xn8").into_bytes(),
        ),
        (
            "a semicolon inside".into(),
            with("Hx7Kq9;Wv3Zt5").into_bytes(),
        ),
        (
            "a number sign inside".into(),
            with("Hx7Kq9#Wv3Zt5").into_bytes(),
        ),
        (
            "an equals sign inside".into(),
            with("Hx7Kq9=Wv3Zt5").into_bytes(),
        ),
        ("a comma inside".into(), with("Hx7Kq9,Wv3Zt5").into_bytes()),
    ];
    for (word, misspelt) in MISSPELT {
        if text.contains(word) {
            let file = with(ONE_WORD).replace(word, misspelt);
            files.push((format!("{misspelt} for {word}"), file.into_bytes()));
        }
    }
    if form.quoted {
        let quote = |text: &str| text.replace('\'', "\"");
        files.extend([
            ("of words".into(), with(WORDS).into_bytes()),
            (
                "a quotation mark inside".into(),
                with("Hx7Kq9\"Wv3Zt5 Jp2Xn8").into_bytes(),
            ),
            (
                "an escaped mark inside".into(),
                with("Hx7Kq9\\\"Wv3Zt5 Jp2Xn8").into_bytes(),
            ),
            (
                "words, never closed".into(),
                quote(&with(WORDS))
                    .replace("Jp2Xn8\"", "Jp2Xn8")
                    .into_bytes(),
            ),
            (
                "words, never opened".into(),
                quote(&with(WORDS))
                    .replace("\"Hx7Kq9", "Hx7Kq9")
                    .into_bytes(),
            ),
            (
                "words, closed early".into(),
                quote(&with(WORDS))
                    .replace("Hx7Kq9 ", "Hx7Kq9\" ")
                    .into_bytes(),
            ),
            (
                "words, rubbish inside".into(),
                spliced(&with(WORDS), b"\xff\""),
            ),
            (
                "words on two lines".into(),
                with("Hx7Kq9 Wv3Zt5\nJp2Xn8").into_bytes(),
            ),
        ]);
    }
    // Cut anywhere from the first secret on.
    let whole = with(if form.quoted { WORDS } else { ONE_WORD });
    let first = whole.find("Hx7Kq9").unwrap_or(0);
    for end in (first..whole.len()).step_by(19) {
        files.push((format!("cut at {end}"), whole.as_bytes()[..end].to_vec()));
    }
    for begin in (0..first).step_by(13) {
        files.push((
            format!("begun at {begin}"),
            whole.as_bytes()[begin..].to_vec(),
        ));
    }
    files
}

/// Words before secrets, and slips of the one who types them.
const MISSPELT: [(&str, &str); 14] = [
    ("secret", "secert"),
    ("psk", "pks"),
    ("PSK", "PKS"),
    ("XAUTH", "XUATH"),
    ("key", "kye"),
    ("password", "passwrod"),
    ("pre-shared", "preshared"),
    ("isakmp", "iskamp"),
    ("ascii-text", "ascii"),
    ("PreSharedKey", "PresharedKye"),
    ("set ", "sett "),
    ("ENC ", "ENCR "),
    ("user", "users"),
    ("username", "user-name"),
];

fn every_second(text: &str) -> String {
    let lines = text.lines().zip(["\r", "\n"].iter().cycle());
    lines.flat_map(|(line, end)| [line, end]).collect()
}

fn unindented(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    lines.join("\n")
}

/// `rubbish` in the middle of every secret.
fn spliced(text: &str, rubbish: &[u8]) -> Vec<u8> {
    let parts: Vec<&str> = text.split("Zt5").collect();
    let between = [b"Z", rubbish, b"t5"].concat();
    parts
        .iter()
        .map(|part| part.as_bytes())
        .collect::<Vec<_>>()
        .join(between.as_slice())
}
