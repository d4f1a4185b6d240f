use aws_sdk_acm::types::{CertificateStatus, CertificateType};

use super::Rig;
use crate::lab::rig::refused;

super::tour!("tier2", tell_whether_the_standby_holds_its_certificate);

async fn tell_whether_the_standby_holds_its_certificate(rig: Rig) {
    let acm = &rig.standby().acm;
    let listed = acm.list_certificates().send().await.unwrap();
    let summary = &listed.certificate_summary_list()[0];
    let arn = summary.certificate_arn().unwrap();
    let described = acm.describe_certificate().certificate_arn(arn).send().await.unwrap();
    let certificate = described.certificate().unwrap();
    assert_eq!((certificate.status(), certificate.r#type()), (Some(&CertificateStatus::Issued), Some(&CertificateType::AmazonIssued)));
    assert_eq!(certificate.domain_name(), summary.domain_name());
    assert!(certificate.not_after().unwrap().secs() > crate::lab::rig::START.secs());

    let issued = acm.list_certificates().certificate_statuses(CertificateStatus::Expired).send().await.unwrap();
    assert!(issued.certificate_summary_list().is_empty());
    let stranger = format!("{}{}", &arn[..arn.len() - 4], "beef");
    assert!(refused(acm.describe_certificate().certificate_arn(stranger).send().await).is_resource_not_found_exception());
    assert!(refused(acm.describe_certificate().certificate_arn("arn:aws:s3:::bucket/of/somebody").send().await).is_invalid_arn_exception());
}
