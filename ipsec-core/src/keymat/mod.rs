//! keymat
