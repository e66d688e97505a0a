"""What several tests need: the captures in the repository, and those beside it."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CAPTURES = REPOSITORY / "examples" / "captures"
SHARED = Path(os.environ.get("IPSEC_SHARED", REPOSITORY.parent / "shared"))


@pytest.fixture
def psk_mismatch() -> Path:
    """IKEv1, refused for different pre-shared keys."""
    return CAPTURES / "psk-mismatch.pcap"


@pytest.fixture
def tunnel() -> Path:
    """IKEv2 and ESP that work."""
    return CAPTURES / "tunnel.pcap"


@pytest.fixture
def tunnel_keys() -> Path:
    """The keys of that tunnel."""
    return CAPTURES / "tunnel.keys.json"


@pytest.fixture
def no_proposal() -> Path:
    """IKEv2, refused for the proposal."""
    return CAPTURES / "no-common-ike-proposal.pcap"
