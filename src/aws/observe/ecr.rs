//! Which images a region holds.

use std::cmp::Reverse;

use aws_sdk_ecr::types::ImageDetail;
use drlab_core::domain::fact::{Repository, StoredImage};
use drlab_core::domain::{Kind, Region, Subject, Trouble};

use super::Findings;
use super::answers::{Page, endless, existing, listed, pages, said, serious, token, when};
use crate::aws::RegionClients;

/// The largest page there is. A repository may hold a hundred thousand images, which are a hundred of these.
const IMAGES_A_PAGE: i32 = 1000;
/// What is pushed by every commit fills a repository; what runs is among the newest.
const IMAGES_KEPT: usize = 1000;

pub(super) async fn repository(region: &RegionClients, at: &Region, name: &str) -> Result<Findings, Trouble> {
    let found = pages(|next| {
        let request = region.ecr.describe_images().repository_name(name).max_results(IMAGES_A_PAGE).set_next_token(next);
        async move {
            let page = request.send().await.map_err(|error| serious(&error, &["RepositoryNotFoundException"]))?;
            Ok(Page { items: listed(page.image_details, "images")?, next: token(page.next_token) })
        }
    });
    let Some(found) = existing(found.await)? else { return Ok(Findings::new()) };
    if !found.whole {
        return Err(endless("images"));
    }
    // ECR gives images in no order at all, so the newest are known only at the end.
    let mut images: Vec<StoredImage> = found.items.iter().filter_map(image).collect();
    images.sort_by(|one, other| (Reverse(one.pushed_at), &one.digest).cmp(&(Reverse(other.pushed_at), &other.digest)));
    images.truncate(IMAGES_KEPT);
    let repository = Repository { name: name.to_owned(), images };
    Ok(Findings::from([(Subject::new(Kind::Repository, at, name), repository.into())]))
}

fn image(from: &ImageDetail) -> Option<StoredImage> {
    Some(StoredImage { digest: said(from.image_digest())?, tags: from.image_tags().to_vec(), pushed_at: when(from.image_pushed_at()) })
}
