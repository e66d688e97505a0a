//! Connects to a peer by IKEv2 and pings through the tunnel.
//!
//! ```text
//! ike_initiator --local 192.0.2.10 --remote 192.0.2.20 --id client.example --peer-id peer.example \
//!     --psk 'test test test' --local-net 10.1.0.0/24 --remote-net 10.2.0.0/24 \
//!     --ping 10.1.0.1,10.2.0.1 --do 2:rekey-child,4:rekey-ike,6:close
//! ```
//!
//! Ends with status 0 when the connection was closed as asked.

mod host;

use core::error::Error;
use core::net::SocketAddr;
use host::{Host, Options};
use ipsec_core::ike::event::CloseReason;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_arguments()?;
    let remote = options.remote.ok_or("--remote is missing")?;
    let (local, ports) = (options.local, options.ports);
    let mut host = Host::new(options)?;
    let (local, remote) = (
        SocketAddr::new(local, ports.0),
        SocketAddr::new(remote, ports.0),
    );
    host.connect(local, remote)?;
    match host.run()? {
        Some(CloseReason::ByHost) => Ok(()),
        Some(why) => Err(why.to_string().into()),
        None => Err("nothing was closed in time".into()),
    }
}
