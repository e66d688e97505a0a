//! One finding, one file: the module documentation is its page.
