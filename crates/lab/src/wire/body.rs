//! What a body is before any protocol: inflated, and without the chunks that signed uploads wrap it in.

use std::io::Read;

use bytes::Bytes;
use flate2::read::GzDecoder;

use super::HttpRequest;
use super::errors::Trouble;
use super::limits::MAX_BODY;

/// A body as its sender meant it, and the headers that came after it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plain {
    pub(super) bytes: Bytes,
    pub(super) trailers: Vec<(String, String)>,
}

pub(super) fn plain(request: &HttpRequest) -> Result<Plain, Trouble> {
    if request.body.len() > MAX_BODY {
        return Err(Trouble::TooLarge);
    }
    let encodings = request.header("content-encoding").unwrap_or_default();
    let encoded = |name: &str| encodings.split(',').any(|encoding| encoding.trim().eq_ignore_ascii_case(name));
    let streaming = request.header("x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-"));
    if streaming || encoded("aws-chunked") {
        let plain = unchunked(&request.body).ok_or_else(|| Trouble::Malformed("The request body's chunks are broken.".to_owned()))?;
        let promised = request.header("x-amz-decoded-content-length").and_then(|length| length.parse::<usize>().ok());
        if promised.is_some_and(|promised| promised != plain.bytes.len()) {
            return Err(Trouble::Malformed("The body is not as long as x-amz-decoded-content-length says.".to_owned()));
        }
        return Ok(plain);
    }
    let bytes = if encoded("gzip") { inflated(&request.body)? } else { request.body.clone() };
    Ok(Plain { bytes, trailers: Vec::new() })
}

fn inflated(body: &[u8]) -> Result<Bytes, Trouble> {
    let mut bytes = Vec::new();
    let bound = MAX_BODY as u64 + 1;
    GzDecoder::new(body).take(bound).read_to_end(&mut bytes).map_err(|_| Trouble::Malformed("The body is not gzip.".to_owned()))?;
    if bytes.len() > MAX_BODY { Err(Trouble::TooLarge) } else { Ok(bytes.into()) }
}

/// `hex-length[;extension]\r\n bytes \r\n … 0[;extension]\r\n trailer: value\r\n … \r\n`
fn unchunked(mut rest: &[u8]) -> Option<Plain> {
    let mut bytes = Vec::with_capacity(rest.len());
    loop {
        let (head, after) = line(rest)?;
        let digits = head.split(';').next()?.trim();
        let length = usize::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        if length == 0 {
            rest = after;
            break;
        }
        bytes.extend_from_slice(after.get(..length)?);
        rest = after.get(length..)?.strip_prefix(b"\r\n")?;
    }
    let mut trailers = Vec::new();
    while let Some((text, after)) = line(rest).filter(|(text, _)| !text.is_empty()) {
        let (name, value) = text.split_once(':')?;
        trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        rest = after;
    }
    Some(Plain { bytes: bytes.into(), trailers })
}

/// The text up to the next line's end, and what follows.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 2..]))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn request(headers: &[(&str, &str)], body: impl Into<Bytes>) -> HttpRequest {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        HttpRequest { headers, body: body.into(), ..HttpRequest::default() }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    const CHUNKED: &[(&str, &str)] = &[("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")];

    #[test]
    fn chunks_and_trailers_are_taken_off() {
        let body = "5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        let plain = plain(&request(CHUNKED, body)).unwrap();
        assert_eq!(plain.bytes, "hello world");
        assert_eq!(plain.trailers, [("x-amz-checksum-crc32".to_owned(), "AAAA".to_owned())]);
    }

    #[test]
    fn broken_chunks_are_said() {
        for body in ["", "5\r\nhell", "5\r\nhelloX\r\n0\r\n", "zz\r\n", "ffffffffffffffffff\r\n", "+1\r\na\r\n0\r\n\r\n"] {
            assert!(matches!(plain(&request(CHUNKED, body)), Err(Trouble::Malformed(_))), "{body}");
        }
    }

    #[test]
    fn a_small_bomb_does_not_inflate() {
        let bomb = gzip(&vec![0; MAX_BODY + 1]);
        assert!(bomb.len() < 100_000);
        assert_eq!(plain(&request(&[("content-encoding", "gzip")], bomb)), Err(Trouble::TooLarge));
    }

    proptest! {
        #[test]
        fn gzip_survives_a_round_trip(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            prop_assert_eq!(plain(&request(&[("content-encoding", "gzip")], gzip(&bytes))).unwrap().bytes, bytes);
        }

        #[test]
        fn any_bytes_are_a_body_or_a_trouble(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = plain(&request(CHUNKED, bytes.clone()));
            let _ = plain(&request(&[("content-encoding", "gzip")], bytes));
        }

        #[test]
        fn chunks_of_any_size_give_the_same_body(bytes in prop::collection::vec(any::<u8>(), 0..300), size in 1usize..50) {
            let mut body = Vec::new();
            for chunk in bytes.chunks(size) {
                body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                body.extend_from_slice(chunk);
                body.extend_from_slice(b"\r\n");
            }
            body.extend_from_slice(b"0\r\n\r\n");
            prop_assert_eq!(plain(&request(CHUNKED, body)).unwrap().bytes, bytes);
        }
    }
}
