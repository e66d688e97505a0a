"""The tables, read by those who read Arrow."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow as pa
import pytest

import ipsec_core
from conftest import CAPTURES

PSK = CAPTURES / "psk-mismatch.pcap"
TUNNEL = CAPTURES / "tunnel.pcap"


def test_pyarrow_reads_packets() -> None:
    table = pa.table(ipsec_core.packets(TUNNEL))
    assert table.num_rows == 12
    assert table["number"].to_pylist() == list(range(1, 13))
    assert table["time"].type == pa.timestamp("us", tz="UTC")
    assert table["protocol"].to_pylist()[:5] == ["IKEv2"] * 4 + ["ESP"]
    assert table["exchange"].to_pylist()[0] == "IKE_SA_INIT"


def test_a_table_is_read_as_often_as_one_likes() -> None:
    rows = ipsec_core.packets(PSK.read_bytes())
    assert pa.table(rows).equals(pa.table(rows))


@pytest.mark.parametrize("form", [str, Path, Path.read_bytes])
def test_paths_and_buffers_are_the_same(form: Callable[[Path], str | Path | bytes]) -> None:
    expected = pa.table(ipsec_core.packets(PSK))
    assert pa.table(ipsec_core.packets(form(PSK))).equals(expected)
    held = bytearray(PSK.read_bytes())
    assert pa.table(ipsec_core.packets(memoryview(held))).equals(expected)


def test_polars_reads_messages() -> None:
    frame = polars.DataFrame(ipsec_core.messages(TUNNEL))
    first = frame.row(0, named=True)
    assert (first["exchange"], first["by_initiator"], first["response"]) == ("IKE_SA_INIT", True, False)
    assert first["payloads"][:2] == ["SA", "KE"]
    assert "AES" in first["proposal"]


def test_pandas_reads_packets() -> None:
    from_arrow = getattr(pandas.DataFrame, "from_arrow")  # which its stubs do not name
    frame: pandas.DataFrame = from_arrow(ipsec_core.packets(TUNNEL))
    esp = frame[frame["protocol"] == "ESP"]
    assert len(esp) > 0
    assert esp["sequence"].notna().all()


def test_duckdb_reads_packets() -> None:
    rows = ipsec_core.packets(TUNNEL)  # DuckDB finds it by its name
    found = duckdb.execute("select protocol, count(*) from rows group by all order by all").fetchall()
    assert sum(count for _, count in found) == pa.table(rows).num_rows
    assert "ESP" in dict(found)


def test_keys_open_messages() -> None:
    keys = CAPTURES / "tunnel.keys.json"
    closed = pa.table(ipsec_core.messages(TUNNEL))
    opened = pa.table(ipsec_core.messages(TUNNEL, keys=keys))
    assert "verified" in opened["opening"].to_pylist()
    assert "verified" not in closed["opening"].to_pylist()


def test_findings_are_those_of_the_report() -> None:
    table = pa.table(ipsec_core.findings(PSK))
    report = ipsec_core.diagnose(PSK)
    assert table["code"].to_pylist() == [finding.code for finding in report.findings]
    assert table["evidence"][0].as_py()[0]["input"] == str(PSK)


def test_partitions_in_any_order_give_the_report() -> None:
    names = [str(path) for path in sorted(CAPTURES.glob("*.pcap"))]
    whole = ipsec_core.diagnose(*names).to_json()
    parts = [ipsec_core.read_partition(n, i, 3, input=k) for i in (2, 0, 1) for k, n in enumerate(names)]
    assert ipsec_core.merge(names, parts).to_json() == whole
    with pytest.raises(ValueError, match="missing"):
        ipsec_core.merge(names, parts[1:])
    with pytest.raises(ValueError, match="twice"):
        ipsec_core.merge(names, [*parts, parts[0]])
    with pytest.raises(ValueError, match="no facts"):
        ipsec_core.merge(names, [b"something else"])


def test_what_is_no_capture_raises() -> None:
    with pytest.raises(ipsec_core.DecodeError, match="not a pcap"):
        ipsec_core.packets(b"no capture at all")
    with pytest.raises(FileNotFoundError):
        ipsec_core.packets("/does/not/exist.pcap")
    with pytest.raises(TypeError):
        ipsec_core.packets(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_fault_is_told_and_the_rows_before_it_come() -> None:
    rows = ipsec_core.packets(PSK.read_bytes()[:-5])
    assert pa.table(rows).num_rows == 11
    assert len(rows.faults) == 1


def test_a_stream_that_nobody_reads_is_given_back() -> None:
    rows = ipsec_core.packets(PSK)
    for _ in range(1000):
        rows.__arrow_c_stream__()
    assert pa.table(rows).num_rows == 12


def test_spoilt_captures_give_rows_or_an_exception() -> None:
    whole = TUNNEL.read_bytes()
    for seed in range(200):
        spoilt = bytearray(whole)
        for step in range(1, 20):
            spoilt[(seed * 7919 + step * 104729) % len(spoilt)] ^= (seed * step) % 255 + 1
        for read in (ipsec_core.packets, ipsec_core.messages):
            try:
                pa.table(read(spoilt)).validate()
            except ipsec_core.DecodeError:
                pass


def test_two_threads_read_at_once() -> None:
    counts: list[int] = []

    def read() -> None:
        counts.append(pa.table(ipsec_core.packets(TUNNEL)).num_rows)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(counts)) == 1 and len(counts) == 4


def test_the_dask_example_gives_the_report() -> None:
    example = Path(__file__).parents[1] / "examples" / "dask_report.py"
    command = [sys.executable, str(example), str(CAPTURES / "*.pcap"), "3"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    names = [str(path) for path in sorted(CAPTURES.glob("*.pcap"))]
    assert run.stdout == ipsec_core.diagnose(*names).to_json() + "\n"
