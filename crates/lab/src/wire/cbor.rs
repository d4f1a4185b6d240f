//! Smithy RPC v2 CBOR, which CloudWatch's clients speak.

use minicbor::data::{IanaTag, Tag, Type};
use minicbor::{Decoder, Encoder};

use super::errors::Trouble;
use super::limits::Budget;
use super::services::{Dialect, rpc_path};
use super::{Asked, HttpRequest, HttpResponse, body, object};
use crate::document::Document;
use crate::world::Reply;

pub(super) fn read(dialect: &Dialect, request: &HttpRequest) -> Result<Asked, Trouble> {
    let found = rpc_path(&request.path).filter(|(service, operation)| *service == dialect.target && !operation.is_empty());
    let Some((_, operation)) = found.filter(|_| request.method == "POST") else {
        return Err(Trouble::UnknownOperation("There is no such operation at this path.".to_owned()));
    };
    let plain = body::plain(request)?;
    Ok(Asked { operation: operation.to_owned(), input: parse(&plain.bytes)?, payload: bytes::Bytes::new(), route: None })
}

pub(super) fn dressed(mut reply: Reply) -> HttpResponse {
    let body = object(std::mem::take(&mut reply.body));
    let mut response = response(reply.status.unwrap_or(200), &body);
    response.headers_of(&reply.headers, &reply.named_headers);
    response
}

pub(super) fn response(status: u16, body: &Document) -> HttpResponse {
    let mut response = HttpResponse::new(status, "application/cbor", write(body));
    response.header("smithy-protocol", "rpc-v2-cbor");
    response
}

/// The members of a body; no body is no members.
pub(super) fn parse(bytes: &[u8]) -> Result<Document, Trouble> {
    if bytes.is_empty() {
        return Ok(Document::Map(Vec::new()));
    }
    let mut decoder = Decoder::new(bytes);
    let document = value(&mut decoder, &mut Budget::default(), 0)?;
    match document {
        Document::Map(_) if decoder.position() == bytes.len() => Ok(document),
        _ => Err(broken()),
    }
}

fn value(decoder: &mut Decoder<'_>, budget: &mut Budget, depth: usize) -> Result<Document, Trouble> {
    budget.take(depth).map_err(|_| Trouble::Malformed("The CBOR body has too many values, or is too deep.".to_owned()))?;
    let kind = decoder.datatype().map_err(malformed)?;
    match kind {
        Type::Bool => decoder.bool().map(Document::Bool),
        Type::Null => decoder.null().map(|()| Document::Null),
        Type::Undefined => decoder.undefined().map(|()| Document::Null),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
            decoder.int().map(|number| whole(number.into()))
        }
        Type::F16 => decoder.f16().map(|number| Document::Float(number.into())),
        Type::F32 => decoder.f32().map(|number| Document::Float(number.into())),
        Type::F64 => decoder.f64().map(Document::Float),
        Type::String => decoder.str().map(|text| Document::Text(text.to_owned())),
        Type::StringIndef => decoder.str_iter().and_then(Iterator::collect::<Result<String, _>>).map(Document::Text),
        Type::Bytes => decoder.bytes().map(|bytes| Document::Blob(bytes.to_vec())),
        Type::BytesIndef => decoder.bytes_iter().and_then(joined).map(Document::Blob),
        Type::Array | Type::ArrayIndef => return list(decoder, budget, depth),
        Type::Map | Type::MapIndef => return map(decoder, budget, depth),
        Type::Tag => return tagged(decoder, budget, depth),
        Type::Simple | Type::Break | Type::Unknown(_) => return Err(broken()),
    }
    .map_err(malformed)
}

fn joined<'b>(mut pieces: impl Iterator<Item = Result<&'b [u8], minicbor::decode::Error>>) -> Result<Vec<u8>, minicbor::decode::Error> {
    pieces.try_fold(Vec::new(), |mut whole, piece| {
        whole.extend_from_slice(piece?);
        Ok(whole)
    })
}

fn list(decoder: &mut Decoder<'_>, budget: &mut Budget, depth: usize) -> Result<Document, Trouble> {
    let mut left = decoder.array().map_err(malformed)?;
    let mut items = Vec::new();
    while another(decoder, &mut left)? {
        items.push(value(decoder, budget, depth + 1)?);
    }
    Ok(Document::list(items))
}

fn map(decoder: &mut Decoder<'_>, budget: &mut Budget, depth: usize) -> Result<Document, Trouble> {
    let mut left = decoder.map().map_err(malformed)?;
    let mut members = Vec::new();
    while another(decoder, &mut left)? {
        let Document::Text(name) = value(decoder, budget, depth + 1)? else { return Err(broken()) };
        members.push((name, value(decoder, budget, depth + 1)?));
    }
    Ok(Document::Map(members))
}

/// Whether a list or map of `left` entries (`None`: until a break) has another one.
fn another(decoder: &mut Decoder<'_>, left: &mut Option<u64>) -> Result<bool, Trouble> {
    match left {
        Some(0) => Ok(false),
        Some(count) => {
            *count -= 1;
            Ok(true)
        }
        None if decoder.datatype().map_err(malformed)? == Type::Break => {
            decoder.set_position(decoder.position() + 1);
            Ok(false)
        }
        None => Ok(true),
    }
}

/// Seconds since the epoch under tag 1; no other tag is part of the protocol.
fn tagged(decoder: &mut Decoder<'_>, budget: &mut Budget, depth: usize) -> Result<Document, Trouble> {
    if decoder.tag().map_err(malformed)? != Tag::from(IanaTag::Timestamp) {
        return Err(broken());
    }
    match value(decoder, budget, depth + 1)? {
        number @ (Document::Int(_) | Document::Float(_)) => number.as_time().map(Document::Time).ok_or_else(broken),
        _ => Err(broken()),
    }
}

fn whole(number: i128) -> Document {
    #[expect(clippy::cast_precision_loss, reason = "numbers beyond 64 bits are told as doubles")]
    i64::try_from(number).map_or(Document::Float(number as f64), Document::Int)
}

fn malformed(error: minicbor::decode::Error) -> Trouble {
    Trouble::Malformed(format!("The body is not CBOR: {error}"))
}

fn broken() -> Trouble {
    Trouble::Malformed("The body is not the CBOR of this protocol.".to_owned())
}

pub(super) fn write(document: &Document) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    // Writing into memory cannot fail; its error type is uninhabited but wrapped.
    put(&mut encoder, document).map_or_else(|_| Vec::new(), |()| encoder.into_writer())
}

fn put(encoder: &mut Encoder<Vec<u8>>, document: &Document) -> Result<(), Unwritten> {
    match document {
        Document::Null => encoder.null()?,
        Document::Bool(yes) => encoder.bool(*yes)?,
        Document::Int(number) => encoder.i64(*number)?,
        // Never shortened to an integer: where the SDK expects a float, an integer fails.
        Document::Float(number) => encoder.f64(*number)?,
        Document::Text(text) => encoder.str(text)?,
        Document::Blob(bytes) => encoder.bytes(bytes)?,
        Document::Time(instant) => encoder.tag(IanaTag::Timestamp)?.f64(instant.secs_f64())?,
        Document::List { items, .. } => {
            encoder.array(items.len() as u64)?;
            for item in items {
                put(encoder, item)?;
            }
            encoder
        }
        Document::Map(members) => {
            encoder.map(members.len() as u64)?;
            for (name, value) in members {
                encoder.str(name)?;
                put(encoder, value)?;
            }
            encoder
        }
    };
    Ok(())
}

type Unwritten = minicbor::encode::Error<std::convert::Infallible>;

#[cfg(test)]
mod tests {
    use drlab_core::domain::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::doc;
    use crate::wire::tests::documents;

    /// Bytes from their hexadecimal digits.
    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn indefinite_maps_and_lists_are_read() {
        let sent = bytes("bf6f416c61726d4e616d655072656669786364722dff");
        assert_eq!(parse(&sent).unwrap(), doc! { "AlarmNamePrefix": "dr-" });
        assert_eq!(parse(&bytes("bfff")).unwrap(), Document::Map(Vec::new()));
        assert_eq!(parse(&bytes("a161617f61626163ff")).unwrap(), doc! { "a": "bc" });
        assert_eq!(parse(&[]).unwrap(), Document::Map(Vec::new()));
    }

    #[test]
    fn instants_are_told_as_seconds_under_tag_1() {
        let document = doc! { "StartTime": Timestamp::from_millis(1_795_172_551_500) };
        let written = write(&document);
        assert_eq!(written[11], 0xc1);
        assert_eq!(parse(&written).unwrap(), document);
        assert_eq!(parse(&bytes("a16161c11a6b000000")).unwrap(), doc! { "a": Timestamp::from_secs(0x6b00_0000) });
    }

    #[test]
    fn whole_floats_stay_floats() {
        assert_eq!(write(&Document::Float(3.0))[0], 0xfb);
    }

    #[test]
    fn what_is_not_the_protocols_cbor_is_said() {
        let deep = "81".repeat(80) + "01";
        for sent in
            ["01", "a1", "bf", "a10101", "a16161c001", "a16161c2411a", "a0a0", "a161617f", "9bffffffffffffffff", &format!("a16161{deep}")]
        {
            assert!(matches!(parse(&bytes(sent)), Err(Trouble::Malformed(_))), "{sent}");
        }
    }

    proptest! {
        #[test]
        fn documents_survive_a_round_trip(document in documents()) {
            prop_assert_eq!(parse(&write(&document)).unwrap(), document);
        }

        #[test]
        fn any_bytes_are_cbor_or_a_trouble(mut bytes in prop::collection::vec(any::<u8>(), 0..200), inside in any::<bool>()) {
            if inside {
                bytes.splice(0..0, [0xbf, 0x61, b'a']);
            }
            let _ = parse(&bytes);
        }
    }
}
