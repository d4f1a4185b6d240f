//! Which certificate covers a name.

use std::collections::BTreeSet;

use aws_sdk_acm::Client;
use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, CertificateSummary, Filters, KeyAlgorithm};
use drlab_core::domain::fact::Certificate;
use drlab_core::domain::{Kind, Region, Subject, Timestamp, Trouble};
use futures_util::future::try_join_all;

use super::Findings;
use super::answers::{Listed, Page, existing, listed, pages, serious, settled, text, token, when};
use crate::aws::RegionClients;
use crate::aws::trouble::trouble;

/// Without being told the kinds of keys, ACM keeps silent about every certificate whose key is not RSA of at most 2,048 bits.
const KEYS: [KeyAlgorithm; 7] = [
    KeyAlgorithm::Rsa1024,
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcPrime256v1,
    KeyAlgorithm::EcSecp384r1,
    KeyAlgorithm::EcSecp521r1,
];

/// A summary names a hundred of a certificate's names at most; so many of those with more are opened to see the rest.
const MOST_OPENED: usize = 10;

/// How good a certificate is: an issued one before any other, and of two the one that lives longer.
type Worth = (bool, Option<Timestamp>);

pub(super) async fn certificates(region: &RegionClients, at: &Region, names: &[String]) -> Result<Findings, Trouble> {
    let summaries = list(&region.acm).await?;
    let opened = try_join_all(worth_opening(&summaries.items, names).into_iter().map(|arn| open(&region.acm, arn))).await?;
    let opened: Vec<CertificateDetail> = opened.into_iter().flatten().collect();
    let best = |name: &String| {
        let covering = opened.iter().filter(|certificate| covers(names_of(certificate), name));
        covering.max_by_key(|certificate| (worth(certificate.status(), when(certificate.not_after())), certificate.certificate_arn()))
    };
    let findings: Findings =
        names.iter().filter_map(|name| Some((Subject::new(Kind::Certificate, at, name), read(best(name)?).into()))).collect();
    settled(findings, summaries.whole, names.len(), "certificates")
}

async fn list(acm: &Client) -> Result<Listed<CertificateSummary>, Trouble> {
    let keys = Filters::builder().set_key_types(Some(KEYS.to_vec())).build();
    pages(|next| {
        let request = acm.list_certificates().includes(keys.clone()).set_next_token(next);
        async move {
            let page = request.send().await.map_err(|error| trouble(&error))?;
            Ok(Page { items: listed(page.certificate_summary_list, "certificates")?, next: token(page.next_token) })
        }
    })
    .await
}

/// For each name the best by its summary, and those that may hold it among the names that a summary leaves out.
fn worth_opening<'s>(summaries: &'s [CertificateSummary], names: &[String]) -> BTreeSet<&'s str> {
    let mut arns = BTreeSet::new();
    for name in names {
        let (seen, hidden): (Vec<_>, Vec<_>) = summaries.iter().partition(|summary| covers(summary_names(summary), name));
        let best = seen.into_iter().max_by_key(|summary| (worth(summary.status(), when(summary.not_after())), summary.certificate_arn()));
        let hidden = hidden.into_iter().filter(|summary| summary.has_additional_subject_alternative_names() == Some(true));
        arns.extend(best.into_iter().chain(hidden.take(MOST_OPENED)).filter_map(CertificateSummary::certificate_arn));
    }
    arns
}

/// `None` for one that is gone since it was listed.
async fn open(acm: &Client, arn: &str) -> Result<Option<CertificateDetail>, Trouble> {
    let answer = acm.describe_certificate().certificate_arn(arn).send().await;
    let answer = existing(answer.map_err(|error| serious(&error, &["ResourceNotFoundException"])))?;
    Ok(answer.and_then(|answer| answer.certificate))
}

fn worth(status: Option<&CertificateStatus>, until: Option<Timestamp>) -> Worth {
    (status == Some(&CertificateStatus::Issued), until)
}

fn summary_names(from: &CertificateSummary) -> impl Iterator<Item = &str> {
    from.domain_name().into_iter().chain(from.subject_alternative_name_summaries().iter().map(String::as_str))
}

fn names_of(from: &CertificateDetail) -> impl Iterator<Item = &str> {
    from.domain_name().into_iter().chain(from.subject_alternative_names().iter().map(String::as_str))
}

/// A star stands for one label, and only the first.
fn covers<'n>(mut names: impl Iterator<Item = &'n str>, host: &str) -> bool {
    let parent = host.split_once('.').map_or("", |(_, parent)| parent);
    names.any(|name| match name.strip_prefix("*.") {
        Some(below) => !parent.is_empty() && below.eq_ignore_ascii_case(parent),
        None => name.eq_ignore_ascii_case(host),
    })
}

fn read(from: &CertificateDetail) -> Certificate {
    let mut names: Vec<String> = Vec::new();
    for name in names_of(from) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Certificate {
        arn: text(from.certificate_arn()),
        names,
        status: from.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        not_after: when(from.not_after()),
        in_use_by: from.in_use_by().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label() {
        let covered = |name: &str, host: &str| covers([name].into_iter(), host);
        assert!(covered("*.example.com", "App.example.com") && covered("app.Example.com", "app.example.com"));
        for (name, host) in
            [("*.example.com", "example.com"), ("*.example.com", "a.b.example.com"), ("example.com", "app.example.com"), ("*.", "com")]
        {
            assert!(!covered(name, host), "{name} does not cover {host}");
        }
    }

    #[test]
    fn an_issued_certificate_is_worth_more_than_one_that_would_live_longer() {
        let later = Some(Timestamp::from_secs(2));
        let (issued, pending) = (CertificateStatus::Issued, CertificateStatus::PendingValidation);
        assert!(worth(Some(&issued), Some(Timestamp::from_secs(1))) > worth(Some(&pending), later));
        assert!(worth(Some(&issued), later) > worth(Some(&issued), Some(Timestamp::from_secs(1))));
    }
}
