//! `MobileUserType`.
use mss_core::{Fault, MeshMember, Msisdn, message::MobileUser};

use super::{
    field::{once, word},
    mesh_member,
};
use crate::xml::{Cursor, Element, Writer};

pub(super) fn read<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<MobileUser, Fault> {
    let mut user = MobileUser::default();
    while let Some(child) = cursor.child(element)? {
        match child.message_local() {
            "IdentityIssuer" => {
                once(&mut user.identity_issuer, mesh_member::read(cursor, &child)?, "IdentityIssuer")?;
            }
            "UserIdentifier" => {
                if let Some(identifier) = word(cursor, &child)? {
                    once(&mut user.user_identifier, identifier, "UserIdentifier")?;
                }
            }
            "HomeMSSP" => once(&mut user.home_mssp, mesh_member::read(cursor, &child)?, "HomeMSSP")?,
            "MSISDN" => {
                let text = cursor.text(&child)?;
                once(&mut user.msisdn, Msisdn::parse(text.trimmed())?, "MSISDN")?;
                user.msisdn_with_plus = text.trimmed().starts_with('+');
            }
            _ => {}
        }
    }
    Ok(user)
}

/// Writes the children of a user; the number in the form that was sent.
pub(super) fn write(out: &mut Writer, user: &MobileUser) {
    write_member(out, "mss:IdentityIssuer", user.identity_issuer.as_ref());
    out.optional_leaf("mss:UserIdentifier", user.user_identifier.as_deref());
    write_member(out, "mss:HomeMSSP", user.home_mssp.as_ref());
    if let Some(msisdn) = &user.msisdn {
        out.open("mss:MSISDN");
        out.raw(if user.msisdn_with_plus { "+" } else { "" });
        out.text(msisdn.digits());
        out.close("mss:MSISDN");
    }
}

fn write_member(out: &mut Writer, name: &str, member: Option<&MeshMember>) {
    if let Some(member) = member {
        out.open(name);
        mesh_member::write(out, member);
        out.close(name);
    }
}
