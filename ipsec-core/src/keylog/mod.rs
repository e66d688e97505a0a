//! keylog
