//! A small healthy text of each form that is read, and names in it that its
//! owner or its peer chose.

/// A text as a file of its own.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    /// Words that somebody chose freely.
    pub(crate) chosen: &'static [&'static str],
}

const fn sample(name: &'static str, text: &'static str, chosen: &'static [&'static str]) -> Sample {
    Sample { name, text, chosen }
}

/// A log of each program.
pub(crate) const LOGS: &[Sample] = &[
    sample(
        "charon",
        "\
Nov 21 12:00:01 gw charon: 14[NET] <1> received packet: from 192.0.2.10[500] to 198.51.100.20[500] (464 bytes)
Nov 21 12:00:01 gw charon: 14[ENC] <1> parsed IKE_SA_INIT request 0 [ SA KE No N(ODD_NOTE) ]
Nov 21 12:00:02 gw charon: 09[CFG] <1> looking for peer configs matching 198.51.100.20[gw.example]...192.0.2.10[a.example]
Nov 21 12:00:02 gw charon: 09[CFG] <net|1> selected peer config 'net'
Nov 21 12:00:02 gw charon: 09[IKE] <net|1> received ODD_NOTE notify error
Nov 21 12:00:02 gw charon: 09[IKE] <net|1> no shared key found for 'gw.example' - 'a.example'
Nov 21 12:00:02 gw charon: 09[CFG] <net|1> received proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024
Nov 21 12:00:02 gw charon: 09[CFG] <net|1> configured proposals: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048
Nov 21 12:00:02 gw charon: 09[IKE] <net|1> received proposals unacceptable
Nov 21 12:00:03 gw charon: 09[IKE] <net|1> giving up after 5 retransmits
",
        &["net", "a.example", "gw.example", "ODD_NOTE", "AES_CBC_128", "MODP_2048"],
    ),
    sample(
        "pluto",
        "\
Nov 21 11:06:46.100000: \"net\" #1: initiating IKEv2 connection
Nov 21 11:06:46.119701: \"net\" #1: sent IKE_SA_INIT response to 192.0.2.10:500 {cipher=AES_CBC_256 integ=HMAC_SHA2_256_128 prf=HMAC_SHA2_256 group=MODP2048}
Nov 21 11:06:46.128834: \"net\" #1: processing decrypted IKE_AUTH request: SK{IDi,IDr,AUTH,SA,TSi,TSr,N(ODD_NOTE)}
Nov 21 11:06:46.128901: \"net\" #1: no local proposal matches remote proposals 1:IKE:ENCR=ODD_CIPHER;PRF=HMAC_SHA1;INTEG=HMAC_SHA1_96;DH=MODP1024
Nov 21 11:06:46.129034: \"net\" #1: responding to IKE_SA_INIT message (ID 0) from 192.0.2.10:500 with unencrypted notification ODD_NOTE
Nov 21 11:06:46.731434: \"net\" #1: received Delete SA payload: delete IKE SA
",
        &["net", "ODD_NOTE", "ODD_CIPHER"],
    ),
    sample(
        "openiked",
        "\
spi=0x8a09978adca3cd73: recv IKE_SA_INIT req 0 peer 192.0.2.10:500 local 198.51.100.20:500, 470 bytes, policy 'tun'
ikev2_pld_notify: protoid NONE spisize 0 type ODD_NOTE
ikev2_msg_authverify: authentication failed
spi=0x8a09978adca3cd73: send IKE_SA_INIT res 0 peer 192.0.2.10:500 local 198.51.100.20:500, 470 bytes
spi=0x8a09978adca3cd73: retransmit 2 IKE_SA_INIT req 0 peer 192.0.2.10:500
",
        &["tun", "ODD_NOTE"],
    ),
    sample(
        "racoon",
        "\
Mar  8 12:52:18 gw racoon[490]: INFO: initiate new phase 1 negotiation: 192.0.2.1[500]<=>203.0.113.1[500]
Mar  8 12:52:18 gw racoon[490]: ERROR: rejected hashtype: DB(prop#1:trns#1):Peer(prop#0:trns#1) = SHA:ODD_HASH
Mar  8 12:52:18 gw racoon[490]: ERROR: no suitable proposal found.
Mar  8 12:52:19 gw racoon[490]: INFO: ISAKMP-SA established 192.0.2.1[500]-203.0.113.1[500] spi:a:b
Mar  8 12:52:19 gw racoon[490]: INFO: IPsec-SA established: ESP/Tunnel 203.0.113.1[0]->192.0.2.1[0] spi=1896834269(0x710f64dd)
",
        &["gw", "ODD_HASH"],
    ),
    sample(
        "IOS",
        "\
*Mar  1 00:13:31.891: ISAKMP:(0): processing SA payload. message ID = 0
*Mar  1 00:13:31.892: ISAKMP:(0):Checking ISAKMP transform 1 against priority 10 policy
*Mar  1 00:13:31.892: ISAKMP:      encryption ODD_CIPHER
*Mar  1 00:13:31.892: ISAKMP:      hash MD5
*Mar  1 00:13:31.892: ISAKMP:(0):Encryption algorithm offered does not match policy!
*Mar  1 00:13:31.892: ISAKMP:(0):atts are not acceptable. Next payload is 0
*Mar  1 00:13:31.893: ISAKMP:(0):no offers accepted!
*Mar  1 00:13:31.894: ISAKMP:(0): sending packet to 192.0.2.2 my_port 500 peer_port 500 (R) MM_NO_STATE
Mar 13 15:29:24.294 UTC: IKEv2-ERROR:(SESSION ID = 89,SA ID = 1):Received Policies: : Failed to find a matching policyProposal 1:  ENCRYPTION: ODD_CIPHER
",
        &["ODD_CIPHER", "MD5"],
    ),
    sample(
        "ASA",
        "\
Jun 10 2010 17:36:05: %ASA-7-713236: IP = 192.0.2.2, IKE_DECODE RECEIVED Message (msgid=0) with payloads : HDR + SA (1) + NONE (0) total length : 148
Jun 10 2010 17:36:05: %ASA-7-713257: IP = 192.0.2.2, Phase 1 failure:  Mismatched attribute types for class Group Description:  Rcv'd: Group 5  Cfg'd: Group 2
Jun 10 2010 17:36:06: %ASA-5-713904: Group = branch, IP = 192.0.2.2, All IKE SA proposals found unacceptable!
Jun 10 2010 17:36:06: %ASA-5-713119: Group = branch, IP = 192.0.2.2, PHASE 1 COMPLETED
",
        &["branch", "Group 5", "Group Description"],
    ),
    sample(
        "FortiOS debug",
        "\
2026-11-21 12:00:01.100000 ike 0: comes 198.51.100.20:500->192.0.2.10:500,ifindex=6....
2026-11-21 12:00:01.100100 ike 0: IKEv1 exchange=Identity Protection id=a1a2a3a4a5a6a7a8/0000000000000000 len=28
2026-11-21 12:00:01.100200 ike 0: in A1A2A3A4A5A6A7A80000000000000000011002000000
00000000001C
2026-11-21 12:00:01.100400 ike 0:to-b:12: incoming proposal:
2026-11-21 12:00:01.100500 ike 0:to-b:12: proposal id = 0:
2026-11-21 12:00:01.100500 ike 0:to-b:12:         type=OAKLEY_ENCRYPT_ALG, val=ODD_CIPHER, key-len=256
2026-11-21 12:00:01.100600 ike 0:to-b:12: my proposal, gw to-b:
2026-11-21 12:00:01.100600 ike 0:to-b:12: proposal id = 1:
2026-11-21 12:00:01.100600 ike 0:to-b:12:         type=OAKLEY_ENCRYPT_ALG, val=AES_CBC, key-len=256
2026-11-21 12:00:01.100800 ike Negotiate ISAKMP SA Error: ike 0:to-b:12: no SA proposal chosen
ike 0:to-b: probable pre-shared secret mismatch
",
        &["to-b", "ODD_CIPHER", "AES_CBC"],
    ),
    sample(
        "FortiOS events",
        "\
date=2026-11-21 time=12:00:01 logid=\"0101037124\" type=\"event\" subtype=\"vpn\" level=\"error\" logdesc=\"IPsec phase 1 error\" msg=\"IPsec phase 1 error\" action=\"negotiate\" remip=198.51.100.20 locip=192.0.2.10 remport=500 locport=500 vpntunnel=\"to-b\" status=\"negotiate_error\" reason=\"peer SA proposal not match local policy\" peer_notif=\"ODD_NOTE\"
",
        &["to-b", "ODD_NOTE", "peer SA proposal not match local policy"],
    ),
    sample(
        "Firebox",
        "\
500 06/13/01 16:00:38 iked[91]
Phase 1 completed as responder
510 06/13/01 16:00:38 iked[91] Deleting old phase 1 SA for 198.51.100.7
550 06/13/01 16:00:38 iked[91] User \"lisa\" at 198.51.100.7 logged out
560 06/13/01 16:00:39 iked[91] lisa unbound
570 06/13/01 16:00:39 iked[91]
lisa bound to 192.0.2.186
110 06/13/01 15:40:16 iked[91]
Proposal is unacceptable. mess_id=0
120 06/13/01 15:40:16 iked[91]
Sending ODD_NOTE message
",
        &["lisa", "ODD_NOTE"],
    ),
    sample(
        "SafeNet",
        "\
2001/06/13 16:02:56.950: AL_IKE--
Start Phase 1 negotiation with peer

2001/06/13 16:02:56.950: AL_IKE--
Encryption -- ODD_CIPHER

2001/06/13 16:02:56.950: AL_IKE--
AggressiveMode -- initiator sent out message1

2001/06/13 16:02:57.950: AL_IKE--
Sending Notification ODD_NOTE (0x0018) to peer

2001/06/13 16:02:57.950: AL_IKE--
Phase 1 negotiation succeeded with
",
        &["ODD_NOTE", "ODD_CIPHER"],
    ),
    sample(
        "PAN-OS",
        "\
2026-11-21 12:00:01.100 +0000  [PNTF]: {    1:     }: ====> IKEv2 IKE SA NEGOTIATION STARTED AS INITIATOR, non-rekey; gateway to-b <====
                                                      ====> Initiated SA: 192.0.2.10[500]-198.51.100.20[500] SPI:a1a2a3a4a5a6a7a8:0000000000000000 SN:1 <====
2026-11-21 12:00:02.100 +0000  [PWRN]: {    1:     }: 198.51.100.20[500] - 192.0.2.10[500]:(nil) received notify type ODD_NOTE
2026-11-21 12:00:02.100 +0000  [PWRN]: {    1:     }: IKE phase-2 negotiation failed when processing proxy ID. received local id: odd-net type IPv4_subnet protocol 0 port 0
",
        &["to-b", "ODD_NOTE", "odd-net"],
    ),
    sample(
        "Junos",
        "\
Nov 21 12:00:01 srx kmd[379]: KMD_DPD_PEER_DOWN: DPD detected peer 192.0.2.2 is dead
Nov 21 12:00:01 srx kmd[379]: IKE negotiation failed with error: No proposal chosen. IKE Version: 2, VPN: to-b Gateway: gw-b, Local: 192.0.2.10/500, Remote: 198.51.100.20/500, Local IKE-ID: odd-id, Remote IKE-ID: Not-Available, VR-ID: 0: Role: Initiator
Nov 21 12:00:01 srx kmd[379]: KMD_VPN_TS_MISMATCH: Traffic-selector mismatch, vpn name: to-b, Peer Proposed traffic-selector local-ip: ipv4(odd-net), Peer Proposed traffic-selector remote-ip: ipv4(10.2.0.0-10.2.0.255)
",
        &["to-b", "gw-b", "odd-id", "odd-net"],
    ),
    sample(
        "Huawei",
        "\
Nov 21 2026 12:00:01 fw %%01IPSEC/4/IPSECNEGOFAIL(l)[1]:IPSec tunnel negotiation fails. (Ifindex=8, SeqNum=1, Reason=phase1 proposal encryption algorithm mismatch, ReasonCode=1, PeerAddress=odd-peer, PeerPort=500)
",
        &["odd-peer", "encryption algorithm"],
    ),
    sample(
        "AWS",
        "\
{\"event_timestamp\":1795262401,\"timestamp\":\"2026-11-21 12:00:01Z\",\"dpd_enabled\":true,\"nat_t_detected\":false,\"ike_phase1_state\":\"Down\",\"ike_phase2_state\":\"Down\",\"details\":\"AWS tunnel detected a pre-shared key mismatch with cgw: odd-peer\"}
{\"event_timestamp\":1795262402,\"timestamp\":\"2026-11-21 12:00:02Z\",\"dpd_enabled\":true,\"nat_t_detected\":false,\"ike_phase1_state\":\"Down\",\"ike_phase2_state\":\"Down\",\"details\":\"AWS tunnel is sending ODD_NOTE as the response\"}
",
        &["odd-peer", "ODD_NOTE"],
    ),
    sample(
        "Azure",
        "\
{\"time\":\"2026-11-21T12:00:01.5Z\",\"category\":\"IKEDiagnosticLog\",\"properties\":{\"level\":\"x\",\"message\":\"SESSION_ID :{odd-session} Remote 198.51.100.20:500: Local 192.0.2.10:500: [RECEIVED] notify ODD_NOTE\"}}
",
        &["odd-session", "ODD_NOTE"],
    ),
    sample(
        "Oracle",
        "\
{\"datetime\":1795262401000,\"logContent\":{\"data\":{\"level\":\"info\",\"message\":\"\\\"9123456789\\\" #2: IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED\",\"tunnelId\":\"x\"},\"time\":\"2026-11-21T12:00:01.000Z\"}}
",
        &["AUTHENTICATION_FAILED", "9123456789"],
    ),
    sample(
        "Windows",
        "\
Log Name:      Security
Date:          11/21/2026 12:00:00 PM
Event ID:      4653
Description:
An IPsec main mode negotiation failed.

Local Endpoint:
\tNetwork Address:\t192.0.2.1
Failure Information:
\tFailure Point:\t\tLocal computer
\tFailure Reason:\t\tNo policy configured

",
        &["192.0.2.1", "Local computer", "No policy configured"],
    ),
];

/// A configuration of each dialect.
pub(crate) const CONFIGS: &[Sample] = &[
    sample(
        "swanctl.conf",
        "\
connections {
  net {
    version = 2
    local_addrs = 192.0.2.1
    remote_addrs = gw.example
    proposals = aes128-sha1-modp1024
    local {
      auth = psk
      id = a.example
    }
    remote {
      auth = psk
      id = b.example
    }
    children {
      lan {
        local_ts = 10.1.0.0/24
        remote_ts = 10.2.0.0/24
        esp_proposals = 3des-md5
        odd_word = 1
      }
    }
  }
}
secrets {
  ike-net {
    id = b.example
    secret = hunter2
  }
}
",
        &["net", "gw.example", "a.example", "lan", "odd_word", "3des-md5"],
    ),
    sample(
        "starter/ipsec.conf",
        "\
config setup
conn net
\tkeyexchange=ikev2
\tleft=192.0.2.1
\tleftid=@a.example
\tright=gw.example
\trightid=@b.example
\tleftsubnet=10.1.0.0/24
\trightsubnet=10.2.0.0/24
\tike=3des-md5-modp1024!
\tleftfirewall=yes
\tauthby=secret
\todd_word=x
\tauto=start
",
        &["net", "gw.example", "a.example", "odd_word", "3des-md5"],
    ),
    sample(
        "libreswan/ipsec.conf",
        "\
conn net
\tikev2=yes
\tleft=192.0.2.1
\tleftid=@a.example
\tright=198.51.100.1
\trightid=@b.example
\tleftsubnet=10.1.0.0/24
\trightsubnet=10.2.0.0/24
\tike=3des-md5;modp1024
\tauthby=secret
\todd_word=x
\tauto=start
",
        &["net", "a.example", "odd_word", "3des-md5"],
    ),
    sample(
        "ipsec.secrets",
        "@a.example @b.example : PSK \"hunter2\"\n: XAUTH \"hunter2\"\n",
        &["a.example"],
    ),
    sample(
        "iked.conf",
        "\
lan = \"10.1.0.0/24\"
ikev2 \"net\" active esp from $lan to 10.2.0.0/24 local 192.0.2.1 peer gw.example ikesa enc 3des auth hmac-md5 group modp1024 srcid a.example dstid b.example psk \"hunter2\"
odd_word 1
",
        &["net", "gw.example", "a.example", "odd_word", "modp1024"],
    ),
    sample("IOS", include_str!("../data/configs/cisco/ios-left.cfg"), &["outside", "to-right", "left", "strong"]),
    sample("IOS IKEv2", include_str!("../data/configs/cisco/ios-ikev2.cfg"), &["branch", "hub.example", "ring", "vti"]),
    sample("ASA", include_str!("../data/configs/cisco/asa-left.cfg"), &["to-right", "edge", "strong", "cloud", "far"]),
    sample("PIX", include_str!("../data/configs/cisco/pix.cfg"), &["ours", "outside", "pix"]),
    sample("IOS SAs", include_str!("../data/configs/cisco/ios-sa.txt"), &["outside", "left"]),
    sample("xfrm", include_str!("../data/configs/cisco/xfrm.txt"), &["af-unspec"]),
    sample("FortiOS", include_str!("../data/configs/fortios-hq.conf"), &["branch", "hq-nets", "hq.example", "hq-fw", "road"]),
    sample("Junos braces", include_str!("../data/configs/junos-branch.conf"), &["hq", "strong", "branch.example", "lan"]),
    sample("Junos lines", include_str!("../data/configs/junos-branch.set"), &["hq", "strong", "branch.example", "lan"]),
    sample("racoon.conf", include_str!("../data/configs/racoon.conf"), &["branch.example", "remote.conf", "obey"]),
    sample("setkey.conf", include_str!("../data/configs/setkey.conf"), &["high"]),
    sample("netsh", include_str!("../data/configs/windows-netsh.cmd"), &["office", "lan", "branch lan"]),
    sample("PowerShell", include_str!("../data/configs/windows.ps1"), &["office", "branch", "vpn.example", "l2tp home"]),
];

/// What tcpdump printed.
pub(crate) const PRINTED: &[Sample] = &[
    sample(
        "tcpdump",
        include_str!("../data/printed/udp-4500-blocked.txt"),
        &["NONESP-encap", "ikev2_auth"],
    ),
    sample(
        "tcpdump -vvv",
        include_str!("../data/printed/tunnel-vvv.txt"),
        &["modp2048", "aes", "status"],
    ),
    sample(
        "tcpdump -x",
        include_str!("../data/printed/psk-mismatch-x.txt"),
        &["preshared", "ident"],
    ),
    sample(
        "tcpdump of the nineties",
        include_str!("../data/printed/nineties.txt"),
        &["udp", "ttl"],
    ),
];
