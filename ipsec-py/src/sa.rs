//! The halves of an SA: what sends seals, what receives opens.

use crate::errors;
use crate::plain::{Buffer, Seconds};
use ipsec_core::config;
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::esp::ah::{AhReceiver as CoreAhReceiver, AhSender as CoreAhSender};
use ipsec_core::esp::authentication::AhTransform;
use ipsec_core::esp::half::{Receiver, Sender};
use ipsec_core::esp::sa::{EspReceiver as CoreEspReceiver, EspSender as CoreEspSender};
use ipsec_core::esp::suite::Suite;
use ipsec_core::esp::transform::EspTransform;
use ipsec_core::sa::lifetime::{Lifetime, Limits};
use ipsec_core::sa::sequence::Numbers;
use ipsec_core::time::{Duration, Instant};
use ipsec_core::wire::registry::ike::ProtocolId;
use ipsec_core::wire::registry::ip::Protocol;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "inspect")]
use pyo3::{type_hint_identifier as named, type_hint_union};

/// Half of an SA that is here until a data plane takes it over.
pub(crate) struct Half<T>(Mutex<Option<T>>);

impl<T: Send> Half<T> {
    const fn new(half: T) -> Self {
        Self(Mutex::new(Some(half)))
    }

    /// Has `work` done with it, without holding up other threads of Python.
    fn with<R: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut T) -> R + Send) -> PyResult<R> {
        py.detach(|| {
            let mut half = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            half.as_mut().map(work)
        })
        .ok_or_else(gone)
    }

    /// Takes it: two that send by one key would send the same numbers.
    pub(crate) fn take(&self) -> PyResult<T> {
        let mut half = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        half.take().ok_or_else(gone)
    }
}

fn gone() -> PyErr {
    PyValueError::new_err("a data plane has taken over this half of an SA")
}

/// When a half of an SA ends; without limits never.
#[pyclass(frozen, get_all, from_py_object, module = "ipsec_core")]
#[derive(Clone, Copy, Default)]
pub(crate) struct Limit {
    /// Seconds since it was made.
    seconds: Option<f64>,
    /// Bytes of the payloads it protected or opened.
    bytes: Option<u64>,
    /// Packets it protected or opened.
    packets: Option<u64>,
}

#[pymethods]
impl Limit {
    /// A limit of any of these.
    #[new]
    #[pyo3(signature = (*, seconds = None, bytes = None, packets = None))]
    const fn new(seconds: Option<f64>, bytes: Option<u64>, packets: Option<u64>) -> Self {
        Self {
            seconds,
            bytes,
            packets,
        }
    }

    fn __repr__(&self) -> String {
        let shown =
            |name: &str, limit: Option<String>| limit.map(|limit| format!("{name}={limit}"));
        let parts = [
            shown("seconds", self.seconds.map(|it| it.to_string())),
            shown("bytes", self.bytes.map(|it| it.to_string())),
            shown("packets", self.packets.map(|it| it.to_string())),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("Limit({})", parts.join(", "))
    }
}

impl Limit {
    fn life(self, now: Instant) -> PyResult<Lifetime> {
        let seconds = self.seconds.map(Duration::try_from_secs_f64).transpose();
        let wrong = |_| PyValueError::new_err("seconds: not below 0");
        let hard = Limits {
            time: seconds.map_err(wrong)?,
            bytes: self.bytes,
            packets: self.packets,
        };
        Ok(Lifetime::new(now, Limits::NONE, hard))
    }
}

fn suite(words: &str, protocol: ProtocolId) -> PyResult<Suite> {
    let unknown = || PyValueError::new_err(format!("suite: {words:?} is none that is known"));
    let proposal = config::proposal(words, protocol).ok_or_else(unknown)?;
    Suite::of(&proposal).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn esp(words: &str, key: &Buffer, integrity_key: &Buffer) -> PyResult<(EspTransform, Numbers)> {
    let suite = suite(words, ProtocolId::ESP)?;
    let [key, integrity_key] = [key, integrity_key].map(|key| Secret::new(key.to_vec()));
    let set_up = suite.esp(rustcrypto::provider(), &key, &integrity_key);
    let transform = set_up.map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok((transform, suite.numbers()))
}

fn ah(words: &str, key: &Buffer) -> PyResult<(AhTransform, Numbers)> {
    let suite = suite(words, ProtocolId::AH)?;
    let set_up = suite.ah(rustcrypto::provider(), &Secret::new(key.to_vec()));
    let transform = set_up.map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok((transform, suite.numbers()))
}

/// The sending half of an ESP SA: it seals each packet under a number of its
/// own.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct EspSender {
    /// Its SPI, which the receiver chose.
    #[pyo3(get)]
    spi: u32,
    pub(crate) half: Half<CoreEspSender>,
}

#[pymethods]
impl EspSender {
    /// A new SA.
    ///
    /// `suite` spells the algorithms as strongSwan does: "aes128gcm16",
    /// "aes256-sha256", with "-esn" for extended sequence numbers. `key` is the
    /// cipher's, with its salt behind it; `integrity_key` that of an integrity
    /// algorithm beside it. `now` is in seconds, of any origin that is kept to.
    ///
    /// Raises ValueError where an algorithm is unknown, or a key has another
    /// length.
    #[new]
    #[pyo3(signature = (spi, suite, key, integrity_key = None, *, limit = None, now = Seconds::default()))]
    fn new(
        spi: u32,
        suite: &str,
        key: Buffer,
        integrity_key: Option<Buffer>,
        limit: Option<Limit>,
        now: Seconds,
    ) -> PyResult<Self> {
        let (transform, numbers) = esp(suite, &key, &integrity_key.unwrap_or_default())?;
        let life = limit.unwrap_or_default().life(now.0)?;
        let half = Half::new(CoreEspSender::new(spi, transform, numbers, life));
        Ok(Self { spi, half })
    }

    /// The number of the last packet; 0 before the first.
    #[getter]
    fn sent(&self, py: Python<'_>) -> PyResult<u64> {
        self.half.with(py, |half| half.sent())
    }

    /// Seal `payload`: the ESP packet from its SPI on. `next_header` is the
    /// number of its protocol: 4 of an IPv4 packet, 41 of an IPv6 packet.
    ///
    /// Raises ExpiredError when the SA is at its end.
    #[pyo3(signature = (payload, next_header = 4, *, now = Seconds::default()))]
    fn seal<'py>(
        &self,
        py: Python<'py>,
        payload: Buffer,
        next_header: u8,
        now: Seconds,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let sealed = self
            .half
            .with(py, |half| seal(half, &payload, next_header, now.0))?;
        let sealed = sealed.map_err(|error| errors::of_sealing(py, error))?;
        Ok(PyBytes::new(py, &sealed))
    }

    /// Seal many payloads, without holding up other threads of Python.
    ///
    /// Raises ExpiredError when the SA comes to its end before the last.
    #[pyo3(signature = (payloads, next_header = 4, *, now = Seconds::default()))]
    fn seal_batch<'py>(
        &self,
        py: Python<'py>,
        payloads: Vec<Buffer>,
        next_header: u8,
        now: Seconds,
    ) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let sealed = self.half.with(py, |half| {
            let all = payloads
                .iter()
                .map(|payload| seal(half, payload, next_header, now.0));
            all.collect::<Result<Vec<_>, _>>()
        })?;
        let sealed = sealed.map_err(|error| errors::of_sealing(py, error))?;
        Ok(sealed
            .iter()
            .map(|packet| PyBytes::new(py, packet))
            .collect())
    }

    fn __repr__(&self) -> String {
        format!("<EspSender 0x{:08x}>", self.spi)
    }
}

fn seal(
    half: &mut CoreEspSender,
    payload: &[u8],
    next_header: u8,
    now: Instant,
) -> Result<Vec<u8>, ipsec_core::esp::sa::SealError> {
    let room = half.room(payload.len());
    let end = room.before.saturating_add(payload.len());
    let mut buffer = Vec::with_capacity(end.saturating_add(room.after));
    buffer.resize(room.before, 0);
    buffer.extend_from_slice(payload);
    buffer.resize(end.saturating_add(room.after), 0);
    let at = half.seal_in_place(now, Protocol(next_header), &mut buffer, room.before..end)?;
    buffer.truncate(at.end);
    buffer.drain(..at.start);
    Ok(buffer)
}

/// The receiving half of an ESP SA: it takes each number once.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct EspReceiver {
    /// Its SPI, which it chose.
    #[pyo3(get)]
    spi: u32,
    pub(crate) half: Half<CoreEspReceiver>,
}

/// What an authentic packet holds.
#[pyclass(frozen, get_all, module = "ipsec_core")]
pub(crate) struct Opened {
    /// Its number.
    number: u64,
    /// The number of the payload's protocol; 59 of a dummy packet.
    next_header: u8,
    /// What was protected.
    payload: Py<PyBytes>,
}

#[pymethods]
impl Opened {
    fn __repr__(&self, py: Python<'_>) -> String {
        let len = self.payload.bind(py).as_bytes().len();
        let protocol = Protocol(self.next_header);
        format!("<Opened number {}: {len} bytes of {protocol}>", self.number)
    }
}

impl Opened {
    fn new(py: Python<'_>, (number, protocol, payload): (u64, Protocol, &[u8])) -> Self {
        Self {
            number,
            next_header: protocol.0,
            payload: PyBytes::new(py, payload).unbind(),
        }
    }
}

#[pymethods]
impl EspReceiver {
    /// A new SA, with an anti-replay window of `window` packets; the rest is
    /// as for `EspSender`.
    #[new]
    #[pyo3(signature = (
        spi, suite, key, integrity_key = None, *, window = 64, limit = None, now = Seconds::default()
    ))]
    fn new(
        spi: u32,
        suite: &str,
        key: Buffer,
        integrity_key: Option<Buffer>,
        window: u32,
        limit: Option<Limit>,
        now: Seconds,
    ) -> PyResult<Self> {
        let (transform, numbers) = esp(suite, &key, &integrity_key.unwrap_or_default())?;
        let life = limit.unwrap_or_default().life(now.0)?;
        let half = Half::new(CoreEspReceiver::new(spi, transform, numbers, window, life));
        Ok(Self { spi, half })
    }

    /// The latest number it received; 0 before the first packet.
    #[getter]
    fn top(&self, py: Python<'_>) -> PyResult<u64> {
        self.half.with(py, |half| half.top())
    }

    /// Check and open a packet, which begins with the SPI.
    ///
    /// Raises IntegrityError where it is not authentic, ReplayError where its
    /// number was there before or is too old, ExpiredError when the SA is at
    /// its end, and CryptoError where it cannot be of this SA.
    #[pyo3(signature = (packet, *, now = Seconds::default()))]
    fn open(&self, py: Python<'_>, packet: Buffer, now: Seconds) -> PyResult<Opened> {
        let mut bytes = packet.to_vec();
        let opened = self
            .half
            .with(py, |half| half.open_in_place(now.0, &mut bytes))?;
        let opened = opened.map_err(|error| errors::of_opening(py, error))?;
        let payload = bytes.get(opened.payload).unwrap_or_default();
        let number = opened.number.get();
        Ok(Opened::new(py, (number, opened.next_header, payload)))
    }

    /// Check and open many packets, without holding up other threads of
    /// Python: for each what it holds, or the exception that says why not.
    #[pyo3(signature = (packets, *, now = Seconds::default()))]
    fn open_batch<'py>(
        &self,
        py: Python<'py>,
        packets: Vec<Buffer>,
        now: Seconds,
    ) -> PyResult<Vec<OpenedOrNot<'py>>> {
        let all = self.half.with(py, |half| {
            let packets = packets.iter().map(|packet| packet.to_vec());
            let open = |mut packet: Vec<u8>| {
                let opened = half.open_in_place(now.0, &mut packet);
                opened.map(|opened| (opened, packet))
            };
            packets.map(open).collect::<Vec<_>>()
        })?;
        let shown = all.into_iter().map(|one| match one {
            Ok((opened, packet)) => {
                let payload = packet.get(opened.payload).unwrap_or_default();
                let shown = Opened::new(py, (opened.number.get(), opened.next_header, payload));
                Ok(OpenedOrNot(Bound::new(py, shown)?.into_any()))
            }
            Err(error) => Ok(OpenedOrNot(
                errors::of_opening(py, error)
                    .into_value(py)
                    .into_bound(py)
                    .into_any(),
            )),
        });
        shown.collect()
    }

    fn __repr__(&self) -> String {
        format!("<EspReceiver 0x{:08x}>", self.spi)
    }
}

crate::plain::typed! {
    /// What a packet holds, or why it stays closed.
    OpenedOrNot = type_hint_union!(
        <Opened as pyo3::PyTypeInfo>::TYPE_HINT,
        named!("ipsec_core._errors", "CryptoError")
    )
}

/// The sending half of an AH SA: it signs whole IP packets.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct AhSender {
    /// Its SPI, which the receiver chose.
    #[pyo3(get)]
    spi: u32,
    pub(crate) half: Half<CoreAhSender>,
}

#[pymethods]
impl AhSender {
    /// A new SA; `suite` is one integrity algorithm, as "sha256".
    #[new]
    #[pyo3(signature = (spi, suite, key, *, limit = None, now = Seconds::default()))]
    fn new(
        spi: u32,
        suite: &str,
        key: Buffer,
        limit: Option<Limit>,
        now: Seconds,
    ) -> PyResult<Self> {
        let (transform, numbers) = ah(suite, &key)?;
        let life = limit.unwrap_or_default().life(now.0)?;
        let half = Half::new(Sender::new(spi, transform, numbers, life));
        Ok(Self { spi, half })
    }

    /// The number of the last packet; 0 before the first.
    #[getter]
    fn sent(&self, py: Python<'_>) -> PyResult<u64> {
        self.half.with(py, |half| half.sent())
    }

    /// Put AH into a whole IP packet, behind its head.
    ///
    /// Raises ExpiredError when the SA is at its end, and CryptoError where
    /// this is no packet that AH goes into.
    #[pyo3(signature = (packet, *, now = Seconds::default()))]
    fn sign<'py>(
        &self,
        py: Python<'py>,
        packet: Buffer,
        now: Seconds,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let signed = self.half.with(py, |half| {
            let ipv6 = packet.first().is_some_and(|first| first >> 4 == 6);
            let room = half.head_len(ipv6);
            let mut buffer = vec![0; room];
            buffer.extend_from_slice(&packet);
            let whole = room..buffer.len();
            let at = half.sign_in_place(now.0, &mut buffer, whole)?;
            buffer.drain(..at.start);
            Ok(buffer)
        })?;
        let signed = signed.map_err(|error| errors::of_signing(py, error))?;
        Ok(PyBytes::new(py, &signed))
    }

    fn __repr__(&self) -> String {
        format!("<AhSender 0x{:08x}>", self.spi)
    }
}

/// The receiving half of an AH SA.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct AhReceiver {
    /// Its SPI, which it chose.
    #[pyo3(get)]
    spi: u32,
    pub(crate) half: Half<CoreAhReceiver>,
}

#[pymethods]
impl AhReceiver {
    /// A new SA, with an anti-replay window of `window` packets; the rest is
    /// as for `AhSender`.
    #[new]
    #[pyo3(signature = (spi, suite, key, *, window = 64, limit = None, now = Seconds::default()))]
    fn new(
        spi: u32,
        suite: &str,
        key: Buffer,
        window: u32,
        limit: Option<Limit>,
        now: Seconds,
    ) -> PyResult<Self> {
        let (transform, numbers) = ah(suite, &key)?;
        let life = limit.unwrap_or_default().life(now.0)?;
        let half = Half::new(Receiver::new(spi, transform, numbers, window, life));
        Ok(Self { spi, half })
    }

    /// The latest number it received; 0 before the first packet.
    #[getter]
    fn top(&self, py: Python<'_>) -> PyResult<u64> {
        self.half.with(py, |half| half.top())
    }

    /// Check a whole IP packet: what follows its AH header. It raises what
    /// `EspReceiver.open` does.
    #[pyo3(signature = (packet, *, now = Seconds::default()))]
    fn check(&self, py: Python<'_>, packet: Buffer, now: Seconds) -> PyResult<Opened> {
        let checked = self.half.with(py, |half| half.check(now.0, &packet))?;
        let checked = checked.map_err(|error| errors::of_checking(py, error))?;
        let payload = packet.get(checked.payload).unwrap_or_default();
        let number = checked.number.get();
        Ok(Opened::new(py, (number, checked.next_header, payload)))
    }

    fn __repr__(&self) -> String {
        format!("<AhReceiver 0x{:08x}>", self.spi)
    }
}
