//! The pages that one-time links open, signing in, and one's own account. The server sends the forms; `ui/account/` makes them work, over
//! the same API that everybody uses. A token stands behind the `#` of its link, so that no server and no log ever sees it.

use super::guard::Visitor;
use super::page::{NAV, Page, frame, has_script};
use super::reply::Reply;

pub async fn setup(who: Visitor) -> Reply<Page> {
    Ok(show(&who, "Set up", include_str!("../../ui/account/setup.html")))
}

pub async fn invitation(who: Visitor) -> Reply<Page> {
    Ok(show(&who, "Choose a password", include_str!("../../ui/account/invitation.html")))
}

pub async fn sign_in(who: Visitor) -> Reply<Page> {
    Ok(show(&who, "Sign in", include_str!("../../ui/account/sign-in.html")))
}

pub async fn account(who: Visitor) -> Reply<Page> {
    Ok(show(&who, "Your account", include_str!("../../ui/account/account.html")))
}

fn show(who: &Visitor, title: &str, form: &str) -> Page {
    let nav = if who.0.app.instance.config.http.public_docs { NAV } else { "" };
    if !has_script("account.js") {
        return frame(
            title,
            nav,
            &format!(
                "<h1>{title}</h1>\n<p>This page needs the browser's part of Keystead, and this binary was built without it: Node was missing. <code>make build</code> on a machine with Node makes a whole one. The command line and the API do everything meanwhile.</p>"
            ),
        );
    }
    frame(
        title,
        nav,
        &format!(
            "<noscript><p class=\"error\">This page needs JavaScript, from this server alone.</p></noscript>\n{form}<script src=\"/assets/account.js\" defer></script>"
        ),
    )
}
