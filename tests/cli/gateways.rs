//! `[gateway.<name>]`: sections that an operator names, filled from `[gateway.default]`; one without a secret stops the start.

use crate::binary::{Server, home, keystead, run, serve, text};

const SECRET: &str = "correct-horse-battery-staple";

fn config(word: &str, file: &str, env: &[(&str, &str)]) -> crate::binary::Ended {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("keystead.toml");
    std::fs::write(&path, file).expect("written");
    let mut command = keystead(["config", word, "--config", text(&path)]);
    command.envs(env.iter().copied());
    run(command)
}

#[test]
fn a_gateway_without_a_good_secret_stops_the_start_with_the_remedy() {
    let (_home, data) = home();
    for (file, remedy) in [
        ("[gateway.nginx]", "gateway.nginx.secret is missing"),
        ("[gateway.nginx]\nsecret = \"short-15-charss\"", "16 to 256 characters"),
        ("[gateway.nginx]\nsecret = \"with a space in it\"", "visible ASCII"),
        ("[gateway.edge]\nsecret = \"SECRET\"", "gateway.edge.flavour must be nginx, traefik, caddy or envoy"),
        ("[gateway.default]\nsecret = \"SECRET\"", "[gateway.<name>]"),
        ("[gateway.Nginx]\nflavour = \"nginx\"\nsecret = \"SECRET\"", "a name is lower-case letters"),
        ("[gateway.\"a.b\"]\nflavour = \"nginx\"\nsecret = \"SECRET\"", "a name is lower-case letters"),
        ("[gateway.nginx]\nsecret = \"SECRET\"\nenvironment = \"both\"", "must be live, test or any"),
        ("[gateway.nginx]\nsecret = \"SECRET\"\ncost = -1", "gateway.nginx.cost must be a number from 0"),
        ("[gateway.nginx]\nsecret = \"SECRET\"\nscope = []", "there is no setting gateway.nginx.scope"),
        ("[gateway.nginx]\nsecret = \"SECRET\"\nscopes = \"a:read\"", "gateway.nginx.scopes must be an array"),
        ("[gateway.nginx]\nsecret = \"SECRET\"\nrate_limits = [{ nam = \"x\" }]", "gateway.nginx.rate_limits"),
        ("[gateway.nginx]\nsecret = \"SECRET\"\nrequired_headers = [\"X_Tenant\"]", "without _"),
        ("[gateway.nginx]\nsecret = \"SECRET\"\nsecret_file = \"/x\"", "keep one"),
        ("[gateway.nginx]\nsecret_file = \"/nowhere/secret\"", "/nowhere/secret cannot be read"),
        ("[gateway]\nsecret = \"SECRET\"", "gateway.secret must be a section"),
        ("[gateway.nginx]\nsecret = \"SECRET\"\nscopes = [\"a b\"]", "gateway.nginx.scopes"),
    ] {
        let file = file.replace("SECRET", SECRET);
        std::fs::create_dir_all(data.parent().expect("it has one")).expect("a directory");
        let path = data.with_extension("toml");
        std::fs::write(&path, file).expect("written");
        let mut command = serve(&data);
        command.args(["--config", text(&path)]);
        let ended = Server::launch(command, &data).expect_err("it does not start");
        assert!(ended.code == Some(2) && ended.stderr.contains(remedy), "{remedy}: {ended:?}");
        assert!(!ended.stderr.contains(SECRET), "{ended:?}");
    }
}

#[test]
fn a_gateway_has_what_its_section_says_then_what_the_section_of_defaults_says() {
    let file =
        "[gateway.default]\nenvironment = \"any\"\n[gateway.edge]\nflavour = \"nginx\"\ncost = 3\n[gateway.caddy]\n";
    let env = [
        ("KEYSTEAD_GATEWAY__EDGE__SECRET", SECRET),
        ("KEYSTEAD_GATEWAY__CADDY__SECRET", "31415926535897932384"),
        ("KEYSTEAD_GATEWAY__CADDY__PUBLIC_KEYS", "true"),
    ];
    let shown = config("show", file, &env).fine();
    for row in [
        ["gateway.edge.environment", "\"any\"", "keystead.toml"],
        ["gateway.edge.cost", "3", "keystead.toml"],
        ["gateway.caddy.cost", "1", "default"],
        ["gateway.caddy.public_keys", "true", "KEYSTEAD_GATEWAY__CADDY__PUBLIC_KEYS"],
        ["gateway.edge.public_keys", "false", "default"],
        ["gateway.edge.secret", "\"***\"", "KEYSTEAD_GATEWAY__EDGE__SECRET"],
        ["gateway.caddy.secret", "\"***\"", "KEYSTEAD_GATEWAY__CADDY__SECRET"],
    ] {
        let line = shown.lines().find(|line| line.split_whitespace().next() == Some(row[0]));
        let line = line.unwrap_or_else(|| panic!("no {} in {shown}", row[0]));
        assert!(row.iter().all(|word| line.contains(word)), "{row:?}: {line}");
    }
    assert!(!shown.contains(SECRET) && !shown.contains("3141592653"), "{shown}");
    let stderr = config("check", "", &[("KEYSTEAD_GATEWAY__EDGE__SECRTE", SECRET)]).failed();
    assert!(stderr.contains("KEYSTEAD_GATEWAY__EDGE__SECRTE") && !stderr.contains(SECRET), "{stderr}");
}
