//! Answers in XML that break off are no answers: the client reads them as far as they go, and takes what is not there for absent.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Refuses an answer whose last element is not closed.
#[derive(Debug)]
pub(super) struct Whole;

impl Intercept for Whole {
    fn name(&self) -> &'static str {
        "Whole"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if response.status().is_success() && !is_whole(response.body().bytes().unwrap_or_default()) {
            return Err("the answer breaks off".into());
        }
        Ok(())
    }
}

/// Whether a document ends with the end of what it began with.
fn is_whole(document: &[u8]) -> bool {
    let text = document.trim_ascii_end();
    let root = text.windows(2).position(|pair| pair[0] == b'<' && pair[1].is_ascii_alphabetic());
    let Some(inside) = root.and_then(|at| text.get(at + 1..)) else { return false };
    let name = inside.iter().position(|byte| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace()).and_then(|end| inside.get(..end));
    let empty = inside.ends_with(b"/>") && !inside.contains(&b'<');
    empty
        || name
            .is_some_and(|name| text.strip_suffix(b">").and_then(|text| text.strip_suffix(name)).is_some_and(|text| text.ends_with(b"</")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::is_whole;

    #[test]
    fn a_document_is_whole_when_its_root_is_closed() {
        for whole in ["<a><b/></a>", "<?xml version=\"1.0\"?>\n<a x=\"1\">text</a>\n", "<a/>"] {
            assert!(is_whole(whole.as_bytes()), "{whole}");
        }
        for broken in ["", "<?xml version=\"1.0\"?>", "<a", "<a><b/>", "<a><b></b>", "<a></a", "<a></ba>", "text"] {
            assert!(!is_whole(broken.as_bytes()), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn no_part_of_a_document_is_whole(text in "[a-z ]{0,20}", cut in 0_usize..200) {
            let document = format!("<Answer><Result><Name>{text}</Name></Result></Answer>");
            let cut = cut.min(document.len() - 1);
            prop_assert!(is_whole(document.as_bytes()));
            prop_assert!(!is_whole(&document.as_bytes()[..cut]));
        }
    }
}
