//! Who a role's process is. It takes its addresses as whoever started it, and does everything else as a user of its own.
use nix::unistd::{Gid, Group, Uid, User, getgroups, initgroups, setgid, setuid};

use crate::{command_error::CommandError, config::ProcessConfig};

/// What has to be done about it.
#[derive(Debug, PartialEq, Eq)]
enum Plan<'a> {
    Stay,
    StayRoot,
    Become(&'a str),
    Refuse(String),
}

/// Gives up root's rights, for good. To be called before any thread is started and before any octet is read from a peer.
pub(crate) fn drop_root(config: &ProcessConfig) -> Result<(), CommandError> {
    let now = Uid::effective();
    let name = User::from_uid(now)?.map(|user| user.name);
    match plan(config, now.is_root(), name.as_deref()) {
        Plan::Stay => Ok(()),
        Plan::StayRoot => {
            tracing::warn!("runs as root, as [process] allow_root says: for demonstrations only");
            Ok(())
        }
        Plan::Become(user) => become_user(user, config.group.as_deref()),
        Plan::Refuse(why) => Err(why.into()),
    }
}

fn plan<'a>(config: &'a ProcessConfig, is_root: bool, name: Option<&str>) -> Plan<'a> {
    match (&config.user, is_root) {
        (None, _) if config.group.is_some() => Plan::Refuse("[process] group needs a user beside it".into()),
        (None, false) => Plan::Stay,
        (None, true) if config.allow_root => Plan::StayRoot,
        (None, true) => Plan::Refuse(
            "will not run as root: name a user of the role's own as [process] user, or start it as that user"
                .into(),
        ),
        (Some(user), true) => Plan::Become(user),
        (Some(user), false) if name == Some(user) => Plan::Stay,
        (Some(user), false) => {
            Plan::Refuse(format!("cannot become `{user}`: only root can; start it as root or as `{user}`"))
        }
    }
}

fn become_user(name: &str, group: Option<&str>) -> Result<(), CommandError> {
    let user = User::from_name(name)?.ok_or_else(|| format!("[process] user: there is no user `{name}`"))?;
    if user.uid.is_root() {
        return Err("[process] user must not be root".into());
    }
    let gid = match group {
        None => user.gid,
        Some(group) => {
            let found = Group::from_name(group)?;
            found.ok_or_else(|| format!("[process] group: there is no group `{group}`"))?.gid
        }
    };
    let c_name = std::ffi::CString::new(name)?;
    let failed = |what: &'static str| move |error| format!("cannot become `{what}`: {error}");
    // In this order: without root's user id the groups can no longer be changed.
    initgroups(&c_name, gid).map_err(failed("member of the user's groups"))?;
    setgid(gid).map_err(failed("group"))?;
    setuid(user.uid).map_err(failed("user"))?;
    // Looked at and not believed: a process that kept a way back would be worse than one that does not start.
    let is_lost = setuid(Uid::from_raw(0)).is_err() && setgid(Gid::from_raw(0)).is_err();
    let has_roots_group = getgroups()?.contains(&Gid::from_raw(0));
    if !is_lost || has_roots_group || Uid::current() != user.uid || Uid::effective() != user.uid {
        return Err("root's rights could not be given up".into());
    }
    tracing::info!(user = name, uid = user.uid.as_raw(), gid = gid.as_raw(), "root's rights are given up");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(user: Option<&str>, group: Option<&str>, allow_root: bool) -> ProcessConfig {
        ProcessConfig { user: user.map(Into::into), group: group.map(Into::into), allow_root }
    }

    #[test]
    fn root_does_not_stay_root_by_mistake() {
        let is_refused = |config: &ProcessConfig, is_root, name| {
            matches!(plan(config, is_root, Some(name)), Plan::Refuse(_))
        };
        let nothing = config(None, None, false);
        assert!(is_refused(&nothing, true, "root"));
        assert_eq!(plan(&nothing, false, Some("ae")), Plan::Stay);
        assert_eq!(plan(&config(None, None, true), true, Some("root")), Plan::StayRoot);
        assert_eq!(plan(&config(None, None, true), false, Some("ae")), Plan::Stay);
        let named = config(Some("ae"), None, false);
        assert_eq!(plan(&named, true, Some("root")), Plan::Become("ae"));
        assert_eq!(plan(&named, false, Some("ae")), Plan::Stay);
        assert!(is_refused(&named, false, "home"));
        // A user that is named is taken whatever else is allowed.
        assert_eq!(plan(&config(Some("ae"), None, true), true, Some("root")), Plan::Become("ae"));
        assert!(is_refused(&config(None, Some("ae"), true), true, "root"));
    }
}
