"""Captures: what they are read from, how far, and what is wrong with them."""

import array
import gzip
import io
import mmap
import operator
import os
import threading
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import pytest

import ipsec_core


def numbers(file: Any, **options: Any) -> list[int]:
    return [packet.number for packet in ipsec_core.open(file, **options)]


def test_a_path_a_buffer_or_a_file(tunnel: Path, tmp_path: Path) -> None:
    content = tunnel.read_bytes()
    packed = tmp_path / "tunnel.pcap.gz"
    packed.write_bytes(gzip.compress(content))
    expected = list(range(1, 13))
    with tunnel.open("rb") as file, tunnel.open("rb") as mapped:
        with mmap.mmap(mapped.fileno(), 0, access=mmap.ACCESS_READ) as view:
            sources = [
                tunnel,
                str(tunnel),
                packed,
                content,
                bytearray(content),
                memoryview(content),
                memoryview(content).cast("b"),
                memoryview(bytes(byte for byte in content for _ in range(2)))[::2],
                array.array("B", content),
                io.BytesIO(content),
                io.BufferedReader(io.FileIO(tunnel)),
                file,
                view,
            ]
            for source in sources:
                assert numbers(source) == expected, source
                if isinstance(source, io.IOBase):
                    source.close()


def test_what_is_no_data() -> None:
    for wrong in (None, 7, 1.5, object(), [b""]):
        with pytest.raises(TypeError, match="expected a path, a buffer or a binary file object"):
            ipsec_core.open(wrong)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_file_object_that_misbehaves(tunnel: Path) -> None:
    class Liar:
        def __init__(self, answer: Any) -> None:
            self.answer = answer

        def read(self, _most: int = -1, /) -> bytes:
            if isinstance(self.answer, BaseException):
                raise self.answer
            return self.answer  # type: ignore[no-any-return]

    with pytest.raises(TypeError, match="binary mode"):
        ipsec_core.open(Liar("text"))
    with pytest.raises(TypeError, match="more than it was asked for"):
        ipsec_core.open(Liar(bytes(1 << 22)))
    with pytest.raises(ZeroDivisionError):
        ipsec_core.open(Liar(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        ipsec_core.diagnose(tunnel, Liar(ZeroDivisionError()))
    with pytest.raises(KeyboardInterrupt):
        ipsec_core.KeyLog(Liar(KeyboardInterrupt()))


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        ipsec_core.open(tmp_path / "missing.pcap")
    assert missing.value.filename == str(tmp_path / "missing.pcap")
    with pytest.raises(IsADirectoryError):
        ipsec_core.open(tmp_path)
    with pytest.raises(FileNotFoundError):
        ipsec_core.diagnose(tmp_path / "missing.pcap")


def test_what_is_no_capture() -> None:
    with pytest.raises(ipsec_core.DecodeError, match="the file is empty") as empty:
        ipsec_core.open(b"")
    assert (empty.value.offset, empty.value.field) == (0, "magic")
    with pytest.raises(ipsec_core.DecodeError, match="zip archive"):
        ipsec_core.open(b"PK\x03\x04" + bytes(40))
    assert issubclass(ipsec_core.DecodeError, ipsec_core.IpsecError)


def test_a_capture_that_breaks_off(tunnel: Path) -> None:
    cut = tunnel.read_bytes()[:-10]
    capture = ipsec_core.open(cut)
    with pytest.warns(ipsec_core.IpsecWarning, match="the file ends inside"):
        packets = list(capture)
    assert len(packets) == 11
    (fault,) = capture.faults
    assert fault.offset > 0 and fault.field
    with pytest.raises(ipsec_core.DecodeError, match="the file ends inside"):
        list(ipsec_core.open(cut, strict=True))


def test_filters(tunnel: Path) -> None:
    assert numbers(tunnel, filter="ike") == [1, 2, 3, 4, 11, 12]
    assert numbers(tunnel, filter="esp and ip.src == 192.0.2.0/24") == [5, 7, 9]
    with pytest.raises(ipsec_core.FilterError, match="column 5") as wrong:
        ipsec_core.open(tunnel, filter="a ==")
    assert wrong.value.offset == 4 and "number" in wrong.value.expected
    assert isinstance(wrong.value, ValueError)


def test_progress(tunnel: Path) -> None:
    size = tunnel.stat().st_size
    large = tunnel.read_bytes() + tunnel.read_bytes()[24:] * 1000
    capture = ipsec_core.open(large)
    assert capture.bytes_total == len(large)
    assert 0.8 < operator.length_hint(capture) / 12012 < 1.2
    for _ in range(6000):
        next(capture)
    assert 0 < capture.bytes_read <= len(large)
    assert 0.8 < operator.length_hint(capture) / 6012 < 1.2
    assert len(list(capture)) == 6012
    assert operator.length_hint(capture) == 0 and capture.bytes_read == len(large)
    with tunnel.open("rb") as file:
        streamed = ipsec_core.open(file)
        assert streamed.bytes_total is None and operator.length_hint(streamed) == 0
        assert len(list(streamed)) == 12 and streamed.bytes_read == size


def test_a_pipe_gives_packets_as_they_come(tunnel: Path) -> None:
    content = tunnel.read_bytes()
    readable, writable = os.pipe()
    with os.fdopen(readable, "rb", buffering=0) as source, os.fdopen(writable, "wb", buffering=0) as sink:
        sink.write(content[:-142])
        capture = ipsec_core.open(source)
        assert [next(capture).number for _ in range(11)] == list(range(1, 12))
        sink.write(content[-142:])
        sink.close()
        assert [packet.number for packet in capture] == [12]


def test_closing(tunnel: Path) -> None:
    with ipsec_core.open(tunnel) as capture:
        packet = next(capture)
    with pytest.raises(ValueError, match="closed"):
        next(capture)
    assert packet.ike is not None and "tunnel.pcap" in repr(capture)


def test_threads_share_a_capture(tunnel: Path) -> None:
    large = tunnel.read_bytes() + tunnel.read_bytes()[24:] * 500
    capture = ipsec_core.open(io.BytesIO(large))
    found: list[list[int]] = [[], []]

    def read(into: list[int]) -> None:
        into.extend(packet.number for packet in capture)

    threads = [threading.Thread(target=read, args=(into,)) for into in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found[0] + found[1]) == list(range(1, 6013))


def test_memory_does_not_grow_with_the_capture(tunnel: Path) -> None:
    large = tunnel.read_bytes() + tunnel.read_bytes()[24:] * 2000
    tracemalloc.start()
    try:
        assert sum(1 for _ in ipsec_core.open(large)) == 24012
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


def test_many_faults_warn_a_few_times() -> None:
    section = bytes.fromhex("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000")
    block = bytes.fromhex("06000000") + (32).to_bytes(4, "little") + bytes(20) + (32).to_bytes(4, "little")
    capture = ipsec_core.open(section + block * 1500)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert list(capture) == []
    assert len(said) == 5 and len(capture.faults) == 1000
