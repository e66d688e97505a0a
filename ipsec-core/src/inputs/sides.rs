//! Which configurations are of one device: a file of secrets belongs to the
//! configuration that lies beside it or shares its name.

use crate::config::facts::Side;
use crate::config::model::Model;
use crate::sorted;

/// The devices whose configurations were read, by name: so what is said of them
/// does not depend on the order of the files. `name` gives the name of an input.
///
/// A file of secrets alone goes to the device whose file shares its name up to
/// the first dot, to the only one in its folder, or to the only one there is.
#[must_use]
pub fn sides<'m>(models: &'m [(usize, Model)], name: impl Fn(usize) -> &'m str) -> Vec<Side<'m>> {
    let secrets_alone = |model: &Model| model.connections.is_empty() && !model.secrets.is_empty();
    let (secrets, devices): (Vec<_>, Vec<_>) =
        models.iter().partition(|(_, model)| secrets_alone(model));
    let mut sides: Vec<(&str, Side<'m>)> = devices
        .iter()
        .map(|(input, model)| (device(name(*input)), Side::new(vec![model])))
        .collect();
    for (input, model) in secrets {
        let of = device(name(*input));
        match owner(of, &sides).and_then(|at| sides.get_mut(at)) {
            Some((_, side)) => side.models.push(model),
            None => sides.push((of, Side::new(vec![model]))),
        }
    }
    sorted::by_key(&mut sides, |(device, _)| *device);
    sides.into_iter().map(|(_, side)| side).collect()
}

/// The device that secrets of this name belong to.
fn owner(of: &str, sides: &[(&str, Side<'_>)]) -> Option<usize> {
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut found = (0..).zip(sides).filter(|(_, (device, _))| fits(device));
        let (at, _) = found.next()?;
        found.next().is_none().then_some(at)
    };
    let first = sides.iter().position(|(device, _)| *device == of);
    let beside = || only(&|device| folder(device) == folder(of));
    first.or_else(beside).or_else(|| only(&|_| true))
}

/// The part of a file's name that its device shares: its folder, and what
/// stands before the first dot.
fn device(name: &str) -> &str {
    let start = folder(name).len();
    let file = name.get(start..).unwrap_or_default();
    let end = file
        .find('.')
        .map_or(name.len(), |dot| start.saturating_add(dot));
    name.get(..end).unwrap_or(name)
}

/// With the last separator.
fn folder(name: &str) -> &str {
    let end = name.rfind(['/', '\\']).map_or(0, |at| at.saturating_add(1));
    name.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn secrets_go_to_the_configuration_beside_them() {
        let files: [(&str, &[u8]); 4] = [
            ("/left/ipsec.secrets", b"a b : PSK \"one\"\n"),
            ("/left/ipsec.conf", b"conn a\n ikev2=yes\n"),
            ("b.conf", b"conn b\n ikev2=yes\n"),
            ("b.secrets", b"a b : PSK \"two\"\n"),
        ];
        let models = files.iter().enumerate();
        let models: Vec<_> = models
            .map(|(input, (_, file))| (input, config::read(input, file).unwrap()))
            .collect();
        let sides = sides(&models, |input| files[input].0);
        let lines: Vec<usize> = sides.iter().map(|side| side.models.len()).collect();
        assert_eq!(lines, [2, 2]);
    }

    #[test]
    fn a_device_is_known_by_folder_and_first_word() {
        assert_eq!(device("/etc/ipsec.d/a.conf"), "/etc/ipsec.d/a");
        assert_eq!(device("a.swanctl.conf"), "a");
        assert_eq!(device("plain"), "plain");
        assert_eq!(device(""), "");
    }
}
