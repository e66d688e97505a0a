//! IKEv1 / ISAKMP (RFC 2407-2409) messages.
