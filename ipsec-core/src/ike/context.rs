//! What a phase of an IKE SA may use of its endpoint.

use super::config::{EndpointConfig, PeerConfig};
use super::event::{ConnectionId, Event, ExportedKeys, Output, Transmit};
use super::job::{JobAnswer, JobId, JobRequest, Keyring, Question};
use super::nat::Path;
use super::suite::CHILD_SPI_MIN;
use crate::crypto::{CryptoProvider, Random};
use crate::evidence::{AuthenticationFault, Evidence, Fact, LogEvent, Logged, Route, Source};
use crate::time::Instant;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// What belongs to the endpoint as a whole and every SA uses.
pub(super) struct Shared {
    pub(super) config: Arc<EndpointConfig>,
    pub(super) keyring: Box<dyn Keyring>,
    pub(super) random: Box<dyn Random + Send>,
    pub(super) outputs: VecDeque<Output>,
    /// SPIs of what we receive, in every child SA.
    pub(super) child_spis: BTreeSet<u32>,
    /// Whose the open jobs are, and what they were.
    pub(super) jobs: BTreeMap<JobId, (ConnectionId, Kind)>,
    pub(super) next_job: u64,
}

/// Which kind of answer a job takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    SharedKey,
    Eap,
    Sign,
    Verify,
}

impl Kind {
    const fn of(question: &Question) -> Self {
        match question {
            Question::SharedKey { .. } => Self::SharedKey,
            Question::Eap { .. } => Self::Eap,
            Question::Sign { .. } => Self::Sign,
            Question::Verify { .. } => Self::Verify,
        }
    }

    pub(super) const fn takes(self, answer: &JobAnswer) -> bool {
        matches!(
            (self, answer),
            (_, JobAnswer::Refused(_))
                | (Self::SharedKey, JobAnswer::SharedKey(_))
                | (Self::Eap, JobAnswer::Eap(_))
                | (Self::Sign, JobAnswer::Signature { .. })
                | (Self::Verify, JobAnswer::Verified)
        )
    }
}

/// What came of a question.
#[derive(Debug)]
pub(super) enum Asked {
    /// Its answer.
    Now(JobAnswer),
    /// It will be answered.
    Later(JobId),
}

/// What one SA may use while it handles something.
pub(super) struct Context<'a> {
    pub(super) now: Instant,
    pub(super) shared: &'a mut Shared,
    pub(super) connection: ConnectionId,
    pub(super) peer: Arc<PeerConfig>,
}

impl Context<'_> {
    pub(super) fn provider(&self) -> &'static CryptoProvider {
        self.shared.config.provider
    }

    pub(super) fn random(&mut self) -> &mut dyn Random {
        &mut *self.shared.random
    }

    /// `len` random bytes.
    pub(super) fn random_bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = alloc::vec![0; len];
        self.random().fill(&mut bytes);
        bytes
    }

    /// A nonce of ours (RFC 7296 §2.10: half the key of the prf at least).
    pub(super) fn nonce(&mut self) -> Vec<u8> {
        self.random_bytes(NONCE_LEN)
    }

    /// An SPI for what we receive, no other child's.
    pub(super) fn child_spi(&mut self) -> u32 {
        loop {
            let mut bytes = [0; 4];
            self.random().fill(&mut bytes);
            let spi = u32::from_be_bytes(bytes);
            if spi >= CHILD_SPI_MIN && self.shared.child_spis.insert(spi) {
                return spi;
            }
        }
    }

    pub(super) fn free_spi(&mut self, spi: u32) {
        self.shared.child_spis.remove(&spi);
    }

    /// Sends the message in `bytes` by `path`.
    pub(super) fn transmit(&mut self, path: &Path, bytes: &[u8]) {
        transmit(&mut self.shared.outputs, path, bytes);
    }

    pub(super) fn transmit_all(&mut self, path: &Path, datagrams: &[Vec<u8>]) {
        for datagram in datagrams {
            self.transmit(path, datagram);
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        self.shared.outputs.push_back(Output::Event(event));
    }

    /// Tells a fact of this connection.
    pub(super) fn tell(&mut self, child: bool, event: LogEvent) {
        let logged = Logged::new(Some(self.peer.name.clone()), event).of_child(child);
        let fact = Fact::Logged(Box::new(logged));
        let evidence = Evidence::new(Some(self.now), Source::Live, fact);
        self.event(Event::Evidence(Box::new(evidence)));
    }

    /// Tells between whom the facts are.
    pub(super) fn tell_peers(&mut self, path: &Path) {
        let (from, to) = (path.local, path.remote);
        self.tell(false, LogEvent::Peers(Route { from, to }));
    }

    pub(super) fn tell_fault(&mut self, fault: AuthenticationFault) {
        self.tell(false, LogEvent::AuthenticationFailed(fault));
    }

    /// Hands out keys where the configuration wants it.
    pub(super) fn export(&mut self, keys: impl FnOnce() -> Option<ExportedKeys>) {
        if self.shared.config.dangerous_export_keys
            && let Some(keys) = keys()
        {
            self.event(Event::Keys(Box::new(keys)));
        }
    }

    /// Asks the keyring, and if that does not answer, the host.
    pub(super) fn ask(&mut self, question: Question) -> Asked {
        let request = JobRequest {
            connection: self.connection,
            peer: self.peer.name.clone(),
            at: self.now,
            question,
        };
        let answer = self.shared.keyring.answer(&request);
        match answer.filter(|answer| Kind::of(&request.question).takes(answer)) {
            Some(answer) => Asked::Now(answer),
            None => {
                let job = JobId(self.shared.next_job);
                self.shared.next_job = self.shared.next_job.saturating_add(1);
                let kind = Kind::of(&request.question);
                self.shared.jobs.insert(job, (self.connection, kind));
                self.shared.outputs.push_back(Output::Job(job, request));
                Asked::Later(job)
            }
        }
    }
}

/// Sends the message in `bytes` by `path`, behind the non-ESP marker where that
/// stands (RFC 3948 §2.2).
pub(super) fn transmit(outputs: &mut VecDeque<Output>, path: &Path, bytes: &[u8]) {
    let marker: &[u8] = if path.encapsulated { &[0; 4] } else { &[] };
    outputs.push_back(Output::Transmit(Transmit {
        local: path.local,
        remote: path.remote,
        payload: [marker, bytes].concat(),
    }));
}

/// Bytes of our nonces: enough for every prf.
const NONCE_LEN: usize = 32;
