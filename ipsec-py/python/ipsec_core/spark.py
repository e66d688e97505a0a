"""Captures in Apache Spark, where they outgrow one machine.

>>> spark.dataSource.register(IpsecDataSource)                # doctest: +SKIP
>>> spark.read.format("ipsec").load("/captures/*.pcap")       # doctest: +SKIP

Options: ``table`` is ``packets`` (the default) or ``messages``; ``keys`` names
a file of keys that every worker can read. Files are spread over the workers;
where all of them are to make one report, :func:`diagnose` divides each file by
its conversations as well.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema

from . import Report, Table, merge, messages, packets, read_partition

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType

__all__ = ["IpsecDataSource", "diagnose"]

FACTS = "input int, name string, facts binary"


class IpsecDataSource(DataSource):
    """What ``spark.read.format("ipsec")`` reads, once it is registered."""

    @classmethod
    def name(cls) -> str:
        return "ipsec"

    def schema(self) -> StructType | str:
        if self.options.get("table") == "facts":
            return FACTS
        return from_arrow_schema(plain(stream(table(files(self.options)[0], self.options)).schema))

    def reader(self, schema: StructType) -> DataSourceReader:
        return Reader(dict(self.options))


@dataclass(frozen=True)
class Share:
    """One partition of the conversations of one file."""

    input: int
    name: str
    index: int
    of: int


class Reader(DataSourceReader):
    def __init__(self, options: dict[str, str]) -> None:
        self.options = options

    def partitions(self) -> list[InputPartition]:
        facts = self.options.get("table") == "facts"
        of = int(self.options.get("partitions", "2")) if facts else 1
        named = enumerate(files(self.options))
        return [InputPartition(Share(at, name, index, of)) for at, name in named for index in range(of)]

    def read(self, partition: InputPartition) -> Iterator[Any]:
        share: Share = partition.value
        if self.options.get("table") == "facts":
            keys = self.options.get("keys")
            facts = read_partition(share.name, share.index, share.of, input=share.input, keys=keys)
            yield share.input, share.name, facts
            return
        for batch in stream(table(share.name, self.options)):
            yield batch.cast(plain(batch.schema))


def diagnose(spark: SparkSession, path: str, *, partitions: int = 2, keys: str | None = None) -> Report:
    """The report on all captures that ``path`` (a pattern) names: the one that
    a single process gives, whatever the number of partitions.
    """
    spark.dataSource.register(IpsecDataSource)
    reader = spark.read.format("ipsec").option("table", "facts").option("partitions", partitions)
    if keys is not None:
        reader = reader.option("keys", keys)
    rows = reader.load(path).collect()
    names = dict(sorted((row.input, row.name) for row in rows))
    return merge(list(names.values()), [bytes(row.facts) for row in rows])


def files(options: Mapping[str, str]) -> list[str]:
    found = sorted(glob.glob(options["path"]))
    if not found:
        raise FileNotFoundError(options["path"])
    return found


def table(name: str, options: Mapping[str, str]) -> Table:
    match options.get("table", "packets"):
        case "packets":
            return packets(name)
        case "messages":
            return messages(name, keys=options.get("keys"))
        case other:
            raise ValueError(f"no table {other}: packets or messages")


def stream(rows: Table) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_stream(rows)


def plain(schema: pa.Schema) -> pa.Schema:
    """The columns in types that Spark has: no dictionaries, no unsigned numbers."""
    columns = zip(schema.names, schema.types, strict=True)
    return pa.schema([(name, PLAIN.get(kind, kind)) for name, kind in columns])


PLAIN: dict[pa.DataType, pa.DataType] = {
    pa.dictionary(pa.int32(), pa.string()): pa.string(),
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.int64(),
}
