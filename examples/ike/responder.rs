//! Waits for peers by IKEv2 and answers pings in their tunnels.
//!
//! ```text
//! ike_responder --local 192.0.2.20 --id peer.example --peer-id client.example \
//!     --psk 'test test test' --local-net 10.2.0.0/24 --remote-net 10.1.0.0/24 --seconds 60
//! ```

mod host;

use core::error::Error;
use host::{Host, Options};

fn main() -> Result<(), Box<dyn Error>> {
    let mut host = Host::new(Options::from_arguments()?)?;
    host.run()?;
    Ok(())
}
