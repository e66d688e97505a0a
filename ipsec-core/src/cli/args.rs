//! The arguments of the command.

use super::terminal::Colour;
use crate::wire::Filter;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use core::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Reads and explains IPsec: why does this tunnel fail, and who must change what?
#[derive(Debug, Parser)]
#[command(name = "ipsec", version, after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(super) color: Colour,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say why a tunnel fails, or that it does not: from captures, logs, configurations
    #[command(after_help = WHY_EXAMPLES)]
    Why(Why),
    /// Show every field of every packet
    #[command(after_help = DECODE_EXAMPLES)]
    Decode(Decode),
    /// Draw who said what to whom, and when
    #[command(after_help = LADDER_EXAMPLES)]
    Ladder(Ladder),
    /// List what happened in all inputs together, on one clock
    #[command(after_help = TIMELINE_EXAMPLES)]
    Timeline(Timeline),
    /// Open what the keys at hand open, and write the packets inside
    #[command(after_help = DECRYPT_EXAMPLES)]
    Decrypt(Decrypt),
    /// Write a copy of a capture that can be given away: other addresses and names, no contents
    Scrub(Scrub),
    /// Count what a capture holds, by protocol
    Scan(Scan),
    /// Say whether the ends' configurations fit, which lines do not, and what to write
    Compare(Compare),
    /// Write a configuration in the form of another device, without its secrets
    #[command(after_help = CONVERT_EXAMPLES)]
    Convert(Convert),
    /// Show what key files hold, or convert them
    #[command(subcommand, after_help = KEYS_EXAMPLES)]
    Keys(Keys),
    /// Show the page of a finding, or list all findings
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// Print the completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(super) struct Why {
    /// Captures (pcap, pcapng), tcpdump text, logs, configurations and keys of one or both ends,
    /// in any order, gzipped or not; - is standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    /// How to write the report
    #[arg(long, default_value = "text")]
    pub(super) format: ReportFormat,
    /// Show every finding in full, in text
    #[arg(long, short)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) keys: KeyArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// For people
    Text,
    /// For programs; ipsec-core/schema/report.schema.json describes it
    Json,
    /// For tickets and pull requests
    Markdown,
    /// For code scanners and editors (SARIF 2.1.0)
    Sarif,
    /// One page with pictures, to be sent around
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CountFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Decode {
    /// A capture; - is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) file: PathBuf,
    /// Only packets for which this holds, such as 'ike.exchange == IKE_AUTH'
    #[arg(long, short, value_name = "EXPR")]
    pub(super) filter: Option<Filter>,
    /// How to write the packets
    #[arg(long, default_value = "tree")]
    pub(super) format: PacketFormat,
    /// Stop after so many packets
    #[arg(long, short, value_name = "N")]
    pub(super) count: Option<u64>,
    /// Say what each field means
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Decode every packet, but print only their number
    #[arg(long, short)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) keys: KeyArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PacketFormat {
    /// Indented text
    Tree,
    /// One JSON object a line
    Json,
    /// One line path=value a field
    Fields,
}

#[derive(Debug, Args)]
pub(super) struct Ladder {
    /// Captures; - is standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    /// How to draw
    #[arg(long, default_value = "text")]
    pub(super) format: LadderFormat,
    #[command(flatten)]
    pub(super) keys: KeyArgs,
}

#[derive(Debug, Args)]
pub(super) struct Timeline {
    /// The same files as for `ipsec why`; - is standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    /// How to write it
    #[arg(long, default_value = "text")]
    pub(super) format: TimelineFormat,
    #[command(flatten)]
    pub(super) keys: KeyArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TimelineFormat {
    /// One line an event
    Text,
    /// For programs; ipsec-core/schema/timeline.schema.json describes it
    Json,
    /// A picture with a lane for each input
    Svg,
}

#[derive(Debug, Args)]
pub(super) struct Decrypt {
    /// A capture; - is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) file: PathBuf,
    /// Where to write the packets inside, with their times, as raw IP; a name
    /// in .pcap gives that format, any other pcapng
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,
    /// How to write the number of packets that were opened
    #[arg(long, default_value = "text")]
    pub(super) format: CountFormat,
    #[command(flatten)]
    pub(super) keys: KeyArgs,
}

#[derive(Debug, Args)]
pub(super) struct Scrub {
    /// A capture; - is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) file: PathBuf,
    /// Where to write the copy, as pcapng
    #[arg(value_name = "COPY", value_hint = ValueHint::FilePath)]
    pub(super) output: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LadderFormat {
    /// Lines for a terminal
    Text,
    /// A Mermaid sequenceDiagram
    Mermaid,
    /// A picture
    Svg,
}

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// Configurations (swanctl.conf, ipsec.conf, iked.conf, of routers and firewalls) of any
    /// number of ends, in any order; ipsec.secrets beside them
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    /// Whose rules decide which algorithms are weak
    #[arg(long, default_value = "ietf")]
    pub(super) profile: CompareProfile,
    /// How to write what is found
    #[arg(long, default_value = "text")]
    pub(super) format: CompareFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CompareProfile {
    /// RFC 8247 for IKE, RFC 8221 for ESP and AH
    Ietf,
    /// RFC 8247, about IKE alone
    Rfc8247,
    /// RFC 8221, about ESP and AH alone
    Rfc8221,
    /// The Commercial National Security Algorithm suites
    Cnsa,
    /// No algorithm is called weak
    LegacyOk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CompareFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Convert {
    /// A configuration of any device that `ipsec compare` reads; - is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) file: PathBuf,
    /// For which device
    #[arg(long)]
    pub(super) to: ConvertTo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ConvertTo {
    /// strongSwan's swanctl.conf
    Swanctl,
    /// libreswan's ipsec.conf
    Libreswan,
    /// Cisco IOS and IOS-XE
    CiscoIos,
}

#[derive(Debug, Args)]
pub(super) struct Scan {
    /// A capture; - is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) file: PathBuf,
}

/// What opens what is encrypted, for every command that reads captures.
#[derive(Debug, Default, Args)]
pub(super) struct KeyArgs {
    /// Keys in any form, a folder of such files, or a pcapng with decryption secrets;
    /// those that a capture carries are used anyway
    #[arg(long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(super) keys: Vec<PathBuf>,
    /// A pre-shared key to try: text, 0x and hexadecimal or 0s and base64.
    /// Other users of this machine can see it while the command runs
    #[arg(long, value_name = "TEXT")]
    pub(super) psk: Vec<Hidden>,
    /// Pre-shared keys to try, one a line, or an ipsec.secrets or swanctl.conf; - is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) psk_file: Vec<PathBuf>,
    /// Certificates of the authorities that both ends trust, PEM or DER
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) ca: Vec<PathBuf>,
    /// Certificate revocation lists, PEM or DER
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) crl: Vec<PathBuf>,
}

/// A text that is overwritten on drop and not shown.
#[derive(Clone)]
pub(super) struct Hidden(Zeroizing<String>);

impl Hidden {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// List what key files hold: forms, SPIs, algorithms, faults; never the keys
    Show(KeysShow),
    /// Write the keys for another program, in clear text
    Convert(KeysConvert),
}

#[derive(Debug, Args)]
pub(super) struct KeysShow {
    /// Key files, folders of them, pcapng with decryption secrets; - is standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(super) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct KeysConvert {
    /// Key files, folders of them, pcapng with decryption secrets; - is standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(super) files: Vec<PathBuf>,
    /// For which program
    #[arg(long)]
    pub(super) format: KeyFormat,
    /// The folder for the tables, or the JSON file instead of standard output
    #[arg(long, short, value_name = "PATH", value_hint = ValueHint::AnyPath,
          required_if_eq("format", "wireshark"))]
    pub(super) output: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum KeyFormat {
    /// The tables of a Wireshark profile: ikev1_decryption_table,
    /// ikev2_decryption_table, esp_sa
    Wireshark,
    /// One object; ipsec-core/schema/keylog.schema.json describes it
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Code of the finding, as `ipsec why` prints it
    pub(super) code: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  ipsec why broken.pcap                    why does it fail?
  ipsec why left.pcap right.pcapng.gz      both ends of one tunnel
  ipsec why a.log b.log a.conf b.conf      logs and configurations of both ends
  tcpdump -U -w - udp port 500 or udp port 4500 or esp | ipsec why -
  ipsec decode broken.pcap | less          every field of every packet
  ipsec ladder broken.pcap                 who said what, when
  ipsec timeline left.pcap right.pcap      what happened when, on one clock
  ipsec explain psk-mismatch               what a finding means

Exit status: 0 healthy, 1 an error was found, 2 wrong usage, 3 nothing could be read";

const WHY_EXAMPLES: &str = "\
Examples:
  ipsec why broken.pcap
  ipsec why --verbose left.pcap right.pcap
  ipsec why a.log b.log a.conf b.conf wire.pcap
  ipsec why --format json broken.pcap | jq -r .verdict.cause
  ipsec why --format html left.pcap right.pcap > why.html
  ipsec why broken.pcap --keys ~/.config/wireshark --psk-file /etc/ipsec.secrets
  ssh gateway tcpdump -U -c 50 -w - udp port 500 or udp port 4500 | ipsec why -

Exit status: 0 healthy, 1 an error was found, 2 wrong usage, 3 nothing could be read";

const DECODE_EXAMPLES: &str = "\
Examples:
  ipsec decode broken.pcap
  ipsec decode --count 2 --verbose broken.pcap
  ipsec decode --filter 'ip.src == 192.0.2.0/24 and not esp' broken.pcap
  ipsec decode --filter 'ike.exchange == IKE_AUTH or isakmp.notify' broken.pcap
  ipsec decode --filter 'ike.sa.proposal.encr in {ENCR_AES_CBC, 20}' --format fields broken.pcap
  ipsec decode --format json broken.pcap | jq .fields

A filter compares fields by the paths that --format fields prints: ==, !=, <, <=, >, >=, contains
and in {…}, joined with and, or, not and parentheses. A path alone asks whether the field is there.";

const CONVERT_EXAMPLES: &str = "\
Examples:
  ipsec convert --to swanctl ipsec.conf > swanctl.conf
  ipsec convert --to libreswan router.cfg 2> unsaid.txt
  ipsec convert --to cisco-ios swanctl.conf > router.cfg

What the other form cannot say is listed on standard error. Where a secret belongs, an empty
place is left.

Exit status: 0 all of it is said, 1 a part is not, 2 wrong usage, 3 nothing could be read";

const DECRYPT_EXAMPLES: &str = "\
Examples:
  ipsec decrypt tunnel.pcap --keys charon.log -o clear.pcapng
  ip xfrm state | ipsec decrypt tunnel.pcap --keys - -o clear.pcapng
  ipsec decrypt tunnel.pcap --keys keys.json --format json

Opened, failed and no key are numbers of packets; a packet failed if a key for its SA is there
and does not open it. `ipsec decode --keys` says of each packet what became of it.";

const LADDER_EXAMPLES: &str = "\
Examples:
  ipsec ladder broken.pcap
  ipsec ladder --format mermaid left.pcap right.pcap
  ipsec ladder --format svg broken.pcap > broken.svg";

const TIMELINE_EXAMPLES: &str = "\
Examples:
  ipsec timeline left.pcap right.pcap
  ipsec timeline a.log b.log wire.pcap
  ipsec timeline --format svg left.pcap right.pcap > both.svg
  ipsec timeline --format json broken.pcap | jq -r '.events[].what'";

const KEYS_EXAMPLES: &str = "\
Examples:
  ipsec keys show charon.log                   what is in there?
  ip xfrm state | ipsec keys show -
  ipsec keys convert --format wireshark -o tables charon.log
  ipsec keys convert --format json left.log right.log > keys.json

Exit status: 0 keys were found, 2 wrong usage, 3 none could be read";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  ipsec explain
  ipsec explain psk-mismatch";
