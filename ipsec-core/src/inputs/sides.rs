//! Which configurations are of one device: a file of secrets belongs to the
//! configuration that lies beside it or shares its name.

use crate::config::facts::Side;
use crate::config::model::Model;

/// The devices whose configurations were read, by name: so what is said of them
/// does not depend on the order of the files. `name` gives the name of an input.
pub(super) fn sides<'m>(
    models: &'m [(usize, Model)],
    name: impl Fn(usize) -> &'m str,
) -> Vec<Side<'m>> {
    let secrets_alone = |model: &Model| model.connections.is_empty() && !model.secrets.is_empty();
    let (secrets, devices): (Vec<_>, Vec<_>) =
        models.iter().partition(|(_, model)| secrets_alone(model));
    let mut sides: Vec<(&str, Side<'m>)> = devices
        .iter()
        .map(|(input, model)| (device(name(*input)), Side::new(vec![model])))
        .collect();
    let only = sides.len() == 1;
    for (input, model) in secrets {
        let of = device(name(*input));
        match sides.iter_mut().find(|(device, _)| *device == of || only) {
            Some((_, side)) => side.models.push(model),
            None => sides.push((of, Side::new(vec![model]))),
        }
    }
    sides.sort_by_key(|(device, _)| *device);
    sides.into_iter().map(|(_, side)| side).collect()
}

/// The part of a file's name that its device shares: its folder, and what
/// stands before the first dot.
fn device(name: &str) -> &str {
    let folder = name.rfind(['/', '\\']).map_or(0, |at| at.saturating_add(1));
    let file = name.get(folder..).unwrap_or_default();
    let end = file
        .find('.')
        .map_or(name.len(), |dot| folder.saturating_add(dot));
    name.get(..end).unwrap_or(name)
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
