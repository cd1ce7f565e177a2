/// Written here, from the facts that clients depend on; the schemas are inlined.
const TEMPLATE: &str = include_str!("../wsdl/mss.wsdl");

/// Our WSDL with the schemas inlined, for `GET …?wsdl`. `service_url` is the address without a query, such as
/// `https://ae.example/soap/services`; every port has it, because messages are told apart by their content.
#[must_use]
pub fn wsdl(service_url: &str) -> String {
    let mut address = String::with_capacity(service_url.len());
    for c in service_url.chars().filter(|c| !c.is_control()) {
        match c {
            '&' => address.push_str("&amp;"),
            '<' => address.push_str("&lt;"),
            '>' => address.push_str("&gt;"),
            '"' => address.push_str("&quot;"),
            c => address.push(c),
        }
    }
    TEMPLATE.replace("SERVICE_URL", &address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Limits,
        xml::{Cursor, Element},
    };

    fn walk<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>, found: &mut Vec<(String, String)>) {
        while let Some(child) = cursor.child(element).unwrap() {
            for name in ["schemaLocation", "location"] {
                if let Some(value) = child.attribute(name) {
                    found.push((child.local.to_owned(), value.to_string()));
                }
            }
            walk(cursor, &child, found);
        }
    }

    #[test]
    fn it_is_well_formed_self_contained_and_names_the_address_at_every_port() {
        let url = "https://ae.example/soap?a=1&b=\"<x>";
        let text = wsdl(url);
        let mut cursor = Cursor::new(text.as_bytes(), Limits::MESSAGE).unwrap();
        let root = cursor.root().unwrap();
        let mut found = Vec::new();
        walk(&mut cursor, &root, &mut found);
        assert_eq!(cursor.finish(), Ok(()));
        assert_eq!(found, vec![("address".to_owned(), url.to_owned()); 3]);
        for port in ["MSS_SignaturePort", "MSS_StatusQueryPort", "MSS_ProfileQueryPort"] {
            assert!(text.contains(&format!("<port name=\"{port}\"")), "{port}");
        }
    }
}
