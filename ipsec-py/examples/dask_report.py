"""One report on many captures, read by the workers of a Dask cluster.

    python dask_report.py '/captures/*.pcap' 4
"""

import glob
import sys

import dask

import ipsec_core


def main(pattern: str, partitions: int) -> None:
    names = sorted(glob.glob(pattern))
    read = dask.delayed(ipsec_core.read_partition)
    parts = [
        read(name, index, partitions, input=at)
        for at, name in enumerate(names)
        for index in range(partitions)
    ]
    print(ipsec_core.merge(names, list(dask.compute(*parts))).to_json())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
