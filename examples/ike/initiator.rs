//! Connects to a peer by IKEv2 and pings through the tunnel.
//!
//! ```text
//! ike_initiator --local 192.0.2.10 --remote 192.0.2.20 --id client.example --peer-id peer.example \
//!     --psk 'test test test' --local-net 10.1.0.0/24 --remote-net 10.2.0.0/24 \
//!     --ping 10.1.0.1,10.2.0.1 --do 2:rekey-child,4:rekey-ike,6:close
//! ```
//!
//! `--key`, `--cert` and `--ca` name files (PEM or DER) for signatures instead
//! of a shared key; `--eap user:password` proves us by EAP-MSCHAPv2.
//!
//! Ends with status 0 when the connection was closed as asked.

mod host;

use core::error::Error;
use host::{Host, Options};
use ipsec_core::ike::event::CloseReason;

fn main() -> Result<(), Box<dyn Error>> {
    let mut host = Host::new(Options::from_arguments()?)?;
    match host.run()? {
        Some(CloseReason::ByHost) => Ok(()),
        Some(why) => Err(why.to_string().into()),
        None => Err("nothing was closed in time".into()),
    }
}
