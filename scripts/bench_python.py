"""Reads one capture into Arrow, beside other decoders for Python, and prints a
Markdown table. Wall time, best of three; the slow ones read its beginning.

    bench_python.py HEADS.pcap IKE.pcap
"""

import itertools
import os
import sys
import threading
import time

import dpkt
import ipsec_core
import pyarrow as pa
import pyshark
import scapy.all as scapy


def arrow(table):
    """Reads every batch, and keeps none."""
    return sum(batch.num_rows for batch in pa.RecordBatchReader.from_stream(table))


def of_dpkt(name):
    """The heads of every packet."""
    count = 0
    with open(name, "rb") as file:
        for _, frame in dpkt.pcap.Reader(file):
            ip = dpkt.ethernet.Ethernet(frame).data
            _ = ip.src, ip.dst, ip.p, ip.data
            count += 1
    return count


def of_scapy(name, most=10_000):
    with scapy.PcapReader(name) as reader:
        return sum(1 for _ in itertools.islice(reader, most))


def of_pyshark(name, most=2_000):
    capture = pyshark.FileCapture(name, keep_packets=False)
    try:
        return sum(1 for _ in itertools.islice(capture, most))
    finally:
        capture.close()


def timed(read, runs=3):
    """What was counted, and the least time of the runs in seconds."""
    best = None
    for _ in range(runs):
        start = time.perf_counter()
        count = read()
        took = time.perf_counter() - start
        best = took if best is None else min(best, took)
    return count, best


def timed_in_turn(reads, runs=9):
    """The least time of each, all under the same weather."""
    return [min(times) for times in zip(*([timed(read, 1)[1] for read in reads] for _ in range(runs)))]


def in_threads(read, number):
    threads = [threading.Thread(target=read) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return number


def row(name, count, took):
    print(f"| {name} | {count} | {took:.2f} s | {count / took / 1000:.0f} k |")


def main(heads, ike):
    def packets():
        return arrow(ipsec_core.packets(heads))

    def packets_in_two_threads():
        return in_threads(packets, 2)

    print("| reader | packets | time | packets/s |")
    print("|---|---|---|---|")
    count = packets()
    one, two = timed_in_turn([packets, packets_in_two_threads])
    row("`ipsec_core.packets`, heads to Arrow", count, one)
    all_ike = timed(lambda: arrow(ipsec_core.packets(ike)))
    row("the same, of IKE alone", *all_ike)
    row("`ipsec_core.messages`, IKE decoded to Arrow", *timed(lambda: arrow(ipsec_core.messages(ike))))
    row("`ipsec_core.packets`, two files in two threads", 2 * count, two)
    row("dpkt, heads", *timed(lambda: of_dpkt(heads), runs=1))
    row("Scapy, IKE", *timed(lambda: of_scapy(ike), runs=1))
    row("pyshark, IKE", *timed(lambda: of_pyshark(ike), runs=1))
    print()
    sizes = " and ".join(f"{os.path.getsize(name) / 1e6:.0f} MB" for name in (heads, ike))
    print(f"{sizes} of capture; two threads do {2 * one / two:.2f} × the work of one; {os.cpu_count()} cores.")


if __name__ == "__main__":
    main(*sys.argv[1:])
