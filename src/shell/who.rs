use std::fs::File;
use std::io::Read;

use drlab_core::domain::excerpt;
use rustix::process::getuid;

/// Where the system keeps whose a number is. Directories that are asked over a network are not: nobody waits for one at the console.
const PASSWD: &str = "/etc/passwd";
/// More of it is not read.
const MOST: u64 = 1 << 20;
/// Letters of a name.
const NAME: usize = 80;

/// Whose deeds these are, as far as the machine knows: it stands in every journal.
pub fn who() -> String {
    let mut passwd = Vec::new();
    // What cannot be read names nobody.
    drop(File::open(PASSWD).and_then(|file| file.take(MOST).read_to_end(&mut passwd)));
    named(|variable| std::env::var(variable).ok(), getuid().as_raw(), &String::from_utf8_lossy(&passwd))
}

/// By what the environment says; by what the system calls the user; by the bare number.
fn named(variable: impl Fn(&str) -> Option<String>, uid: u32, passwd: &str) -> String {
    let said = ["USER", "LOGNAME"].into_iter().filter_map(variable).find(|name| !name.trim().is_empty());
    let known = || {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next().filter(|name| !name.is_empty())?;
            (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
        })
    };
    excerpt(&said.or_else(known).unwrap_or_else(|| format!("uid {uid}")), NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n# a comment\n:x:7:7::/:\nanna:x:1000:1000:Anna:/home/anna:/bin/sh\n";

    fn who(user: Option<&str>, logname: Option<&str>, uid: u32) -> String {
        let variable = |name: &str| if name == "USER" { user } else { logname }.map(str::to_owned);
        named(variable, uid, PASSWD)
    }

    #[test]
    fn somebody_has_a_name_wherever_it_can_be_had() {
        assert_eq!(who(Some("eve"), Some("anna"), 0), "eve");
        assert_eq!(who(Some(""), Some("anna"), 0), "anna", "an empty name is none");
        assert_eq!(who(Some(" "), Some(""), 1000), "anna");
        assert_eq!(who(None, None, 0), "root");
        assert_eq!(who(None, None, 7), "uid 7");
        assert_eq!(who(None, None, 4242), "uid 4242");
        assert_eq!(who(Some("a\u{1b}[2Jb"), None, 0), excerpt("a\u{1b}[2Jb", NAME), "nobody's name steers a terminal");
    }
}
