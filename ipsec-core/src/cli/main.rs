//! The `ipsec` command: hands over to [`ipsec_core::cli`].

fn main() -> std::process::ExitCode {
    ipsec_core::cli::run(std::env::args_os()).into()
}
