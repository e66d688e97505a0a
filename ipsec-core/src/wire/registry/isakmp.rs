//! Registries of the isakmp family.
