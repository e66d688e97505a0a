"""Captures in Spark, on two workers of this machine."""

import os
import shutil
import sys
from collections.abc import Iterator

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

import ipsec_core
from conftest import CAPTURES
from ipsec_core import spark as ipsec_spark

if shutil.which("java") is None and os.environ.get("CI") != "true":
    pytest.skip("SKIPPED: Spark needs Java, which is missing", allow_module_level=True)

PATTERN = str(CAPTURES / "*.pcap")


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    session.dataSource.register(ipsec_spark.IpsecDataSource)
    yield session
    session.stop()


def test_packets_of_all_files(spark: SparkSession) -> None:
    frame = spark.read.format("ipsec").load(PATTERN)
    tables = [pa.table(ipsec_core.packets(path)) for path in CAPTURES.glob("*.pcap")]
    assert frame.count() == sum(table.num_rows for table in tables)
    found = {row.protocol: row["count"] for row in frame.groupBy("protocol").count().collect()}
    names = [name for table in tables for name in table["protocol"].to_pylist()]
    assert found == {name: names.count(name) for name in set(names)}


def test_messages_have_lists(spark: SparkSession) -> None:
    path = str(CAPTURES / "tunnel.pcap")
    frame = spark.read.format("ipsec").option("table", "messages").load(path)
    first = frame.orderBy("number").collect()[0]
    assert first.exchange == "IKE_SA_INIT" and "SA" in first.payloads


@pytest.mark.parametrize("partitions", [1, 3])
def test_the_report_is_that_of_one_process(spark: SparkSession, partitions: int) -> None:
    names = [str(path) for path in sorted(CAPTURES.glob("*.pcap"))]
    report = ipsec_spark.diagnose(spark, PATTERN, partitions=partitions)
    assert report.to_json() == ipsec_core.diagnose(*names).to_json()
