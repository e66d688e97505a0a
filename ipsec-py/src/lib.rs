//! ipsec-py
