//! What a repository is called elsewhere: the URL of its remote without any credential, or the name of its folder. Asked once, for a report.

use std::path::Path;

use super::Repository;
use super::command::{git, output};

impl Repository {
    /// Of this remote, a name or a URL, or of `origin`. Never fails: a report without a name is better than none.
    pub fn called(&self, remote: Option<&str>) -> String {
        let remote = remote.unwrap_or("origin");
        let setting = format!("remote.{remote}.url");
        let said = output(git(&self.directory, ["config", "--get", &setting]), b"").ok();
        let url =
            said.filter(|(_, ended)| ended.is_fine()).map(|(url, _)| String::from_utf8_lossy(&url).trim().to_owned());
        let is_url = remote.contains(['/', ':']);
        url.or_else(|| is_url.then(|| remote.to_owned())).map_or_else(|| self.folder(), |url| without_credential(&url))
    }

    fn folder(&self) -> String {
        let folder = &self.common_directory;
        let folder = if folder.ends_with(".git") { folder.parent().unwrap_or(folder) } else { folder };
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        folder.file_name().unwrap_or(Path::new("repository").as_os_str()).to_string_lossy().into_owned()
    }
}

/// Without what stands before the host, and without what stands behind the path: both hold tokens.
fn without_credential(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { format!("{authority}{path}") } else { format!("{scheme}://{authority}{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credential_of_a_remote_is_told() {
        for (url, told) in [
            ("https://git.example.com/shop.git", "https://git.example.com/shop.git"),
            ("https://maya:t0ken@git.example.com/shop", "https://git.example.com/shop"),
            ("https://t0ken@git.example.com:8443/a/b", "https://git.example.com:8443/a/b"),
            ("https://a:b@c@git.example.com/shop?private_token=t0ken#t0ken", "https://git.example.com/shop"),
            ("git@git.example.com:acme/shop.git", "git.example.com:acme/shop.git"),
            ("ssh://git:t0ken@git.example.com/shop", "ssh://git.example.com/shop"),
            ("/srv/git/shop.git", "/srv/git/shop.git"),
            ("https://git.example.com/a@b", "https://git.example.com/a@b"),
        ] {
            assert_eq!(without_credential(url), told);
        }
    }
}
