//! Registries of the ip family.
