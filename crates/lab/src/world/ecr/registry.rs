//! Repositories, the images in them, and the copying of images between regions.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use crate::world::{ApiError, World};

/// How long a destination may be out of reach before a copy is given up.
const PATIENCE: Duration = Duration::from_secs(3600);

/// The registry of one region.
#[derive(Clone, Debug, Default)]
pub struct Ecr {
    pub repositories: BTreeMap<String, Repository>,
    pub replication: Vec<ReplicationRule>,
}

/// Where images of some repositories are copied to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplicationRule {
    pub destinations: Vec<Region>,
    /// Repositories whose names begin with one of these; none given: all.
    pub prefixes: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Repository {
    pub name: String,
    pub created_at: Timestamp,
    pub images: Vec<Image>,
    /// A tag, once given, stays with its image.
    pub immutable: bool,
    pub scan_on_push: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Image {
    pub digest: String,
    pub tags: Vec<String>,
    pub pushed_at: Timestamp,
    pub bytes: u64,
    pub replicas: BTreeMap<Region, Replica>,
}

/// What became of an image's copy to one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    pub status: Status,
    /// When the copy is through, if nothing is in its way.
    pub due: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    InProgress,
    Complete,
    Failed,
}

impl Status {
    pub const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Complete => "COMPLETE",
            Self::Failed => "FAILED",
        }
    }
}

/// Why an image cannot be pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullError {
    NotFound,
    Timeout,
}

impl Ecr {
    fn destinations(&self, repository: &str) -> Vec<Region> {
        let mut all: Vec<Region> = self
            .replication
            .iter()
            .filter(|rule| rule.prefixes.is_empty() || rule.prefixes.iter().any(|prefix| repository.starts_with(prefix.as_str())))
            .flat_map(|rule| rule.destinations.iter().cloned())
            .collect();
        all.sort();
        all.dedup();
        all
    }
}

impl Repository {
    pub fn image(&self, digest: Option<&str>, tag: Option<&str>) -> Option<&Image> {
        self.images.iter().find(|image| {
            digest.is_none_or(|wanted| image.digest == wanted) && tag.is_none_or(|wanted| image.tags.iter().any(|has| has == wanted))
        })
    }

    /// Takes an image in. A tag moves to the newest image that carries it, unless tags are immutable: then a copy arrives without the tag.
    fn take(&mut self, mut image: Image) {
        if self.immutable {
            image.tags.retain(|tag| self.images.iter().all(|other| other.digest == image.digest || !other.tags.contains(tag)));
        }
        for other in &mut self.images {
            other.tags.retain(|tag| !image.tags.contains(tag));
        }
        match self.images.iter_mut().find(|other| other.digest == image.digest) {
            Some(known) => known.tags.append(&mut image.tags),
            None => self.images.push(image),
        }
    }
}

/// Makes an empty repository.
pub fn add_repository(world: &mut World, region: &Region, name: &str) -> Result<(), ApiError> {
    let created_at = world.started();
    let repository = Repository { name: name.to_owned(), created_at, ..Repository::default() };
    world.here_mut(region)?.ecr.repositories.insert(name.to_owned(), repository);
    Ok(())
}

/// Copies these repositories to one more region from now on. A registry has one rule for each set of destinations, and workloads share it.
pub fn replicate(world: &mut World, from: &Region, to: &Region, repositories: &[String]) -> Result<(), ApiError> {
    let rules = &mut world.here_mut(from)?.ecr.replication;
    let known = rules.iter_mut().find(|rule| rule.destinations.as_slice() == std::slice::from_ref(to));
    match known {
        Some(rule) => rule.prefixes.extend(repositories.iter().filter(|name| !rule.prefixes.contains(name)).cloned().collect::<Vec<_>>()),
        None => rules.push(ReplicationRule { destinations: vec![to.clone()], prefixes: repositories.to_vec() }),
    }
    Ok(())
}

/// Puts an image there that has been there, and in all its destinations, for long. Answers its digest.
pub fn add_image(world: &mut World, region: &Region, repository: &str, tag: &str) -> Result<String, ApiError> {
    let digest = push_image(world, region, repository, tag)?;
    let now = world.now();
    let waiting: Vec<Region> = world
        .here_mut(region)?
        .ecr
        .repositories
        .get_mut(repository)
        .into_iter()
        .flat_map(|repository| repository.images.iter_mut().filter(|image| image.digest == digest))
        .flat_map(|image| image.replicas.iter_mut())
        .map(|(destination, replica)| {
            *replica = Replica { status: Status::Complete, due: now };
            destination.clone()
        })
        .collect();
    for destination in waiting {
        if !land(world, region, repository, &digest, &destination) {
            return Err(ApiError::no_such_region(&destination));
        }
    }
    Ok(digest)
}

/// Pushes an image now; its copies are under way. Answers its digest.
pub fn push_image(world: &mut World, region: &Region, repository: &str, tag: &str) -> Result<String, ApiError> {
    let (now, chance, span) = (world.now(), world.chance, world.timings.image_replication);
    let digest = format!("sha256:{}", chance.hex(("image", repository, tag), 64));
    let ecr = &mut world.here_mut(region)?.ecr;
    let destinations = ecr.destinations(repository);
    let unknown = || ApiError::new("RepositoryNotFoundException", 400, format!("The repository with name '{repository}' does not exist"));
    let kept = ecr.repositories.get_mut(repository).ok_or_else(unknown)?;
    let replicas = destinations
        .into_iter()
        .filter(|destination| destination != region)
        .map(|destination| {
            let takes = chance.between(("image-replication", &digest, &destination), span);
            (destination, Replica { status: Status::InProgress, due: now + takes })
        })
        .collect();
    let bytes = 100_000_000 + chance.bits(("image-size", &digest)) % 400_000_000;
    kept.take(Image { digest: digest.clone(), tags: vec![tag.to_owned()], pushed_at: now, bytes, replicas });
    Ok(digest)
}

/// Lets copies land whose time has come. What finds either region dark waits, and is given up after an hour.
pub fn pulse(world: &mut World) {
    let now = world.now();
    let mut due: Vec<(Region, String, String, Region, Timestamp)> = Vec::new();
    for (region, here) in &world.regional {
        for repository in here.ecr.repositories.values() {
            for image in &repository.images {
                for (destination, replica) in &image.replicas {
                    if replica.status == Status::InProgress && replica.due <= now {
                        due.push((region.clone(), repository.name.clone(), image.digest.clone(), destination.clone(), replica.due));
                    }
                }
            }
        }
    }
    for (region, repository, digest, destination, since) in due {
        let reachable = !world.faults.is_dark(&region) && !world.faults.is_dark(&destination);
        let status = match (reachable, now.since(since) >= PATIENCE) {
            (true, _) if land(world, &region, &repository, &digest, &destination) => Status::Complete,
            (true, _) | (false, true) => Status::Failed,
            (false, false) => continue,
        };
        let image = world
            .regional
            .get_mut(&region)
            .and_then(|here| here.ecr.repositories.get_mut(&repository))
            .and_then(|repository| repository.images.iter_mut().find(|image| image.digest == digest));
        if let Some(replica) = image.and_then(|image| image.replicas.get_mut(&destination)) {
            replica.status = status;
            world.truth.note(now, Some(&destination), "ecr", &repository, format!("{digest} {}", status.name()));
        }
    }
}

/// Puts the copy of an image into its destination; false if that is no region of this world.
fn land(world: &mut World, region: &Region, repository: &str, digest: &str, destination: &Region) -> bool {
    let now = world.now();
    let Some(source) = world.regional.get(region).and_then(|here| here.ecr.repositories.get(repository)) else { return false };
    let Some(image) = source.image(Some(digest), None).cloned() else { return false };
    let Some(there) = world.regional.get_mut(destination) else { return false };
    let created = || Repository { name: repository.to_owned(), created_at: now, ..Repository::default() };
    let kept = there.ecr.repositories.entry(repository.to_owned()).or_insert_with(created);
    kept.take(Image { pushed_at: now, replicas: BTreeMap::new(), ..image });
    true
}

/// The digest of what a task in `region` pulls under this name. Names outside ECR are always found.
pub fn digest_of(world: &World, region: &Region, name: &str) -> Result<String, PullError> {
    let Some((home, repository, tag, digest)) = parse(name) else {
        return Ok(format!("sha256:{}", world.chance.hex(("public-image", name), 64)));
    };
    if home != *region && (world.faults.is_dark(&home) || world.faults.is_dark(region)) {
        return Err(PullError::Timeout);
    }
    let there = world.regional.get(&home).and_then(|here| here.ecr.repositories.get(repository));
    there.and_then(|repository| repository.image(digest, tag)).map(|image| image.digest.clone()).ok_or(PullError::NotFound)
}

/// Takes `123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1` apart: region, repository, tag, digest.
fn parse(name: &str) -> Option<(Region, &str, Option<&str>, Option<&str>)> {
    let (host, path) = name.split_once('/')?;
    let region = host.split_once(".dkr.ecr.")?.1.strip_suffix(".amazonaws.com")?;
    let (path, digest) = path.split_once('@').map_or((path, None), |(path, digest)| (path, Some(digest)));
    let (repository, tag) = path.split_once(':').map_or((path, None), |(repository, tag)| (repository, Some(tag)));
    let tag = if tag.is_none() && digest.is_none() { Some("latest") } else { tag };
    Some((Region::new(region), repository, tag, digest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{east, live, west, world};
    use crate::world::{ActiveFault, Fault};

    fn replicated() -> World {
        let mut world = world();
        replicate(&mut world, &east(), &west(), &["app".to_owned()]).unwrap();
        add_repository(&mut world, &east(), "app").unwrap();
        add_repository(&mut world, &east(), "other").unwrap();
        world
    }

    fn name(region: &Region, tag: &str) -> String {
        format!("123456789012.dkr.ecr.{region}.amazonaws.com/app:{tag}")
    }

    #[test]
    fn a_pushed_image_arrives_in_the_other_region_later() {
        let mut world = replicated();
        let digest = push_image(&mut world, &east(), "app", "v2").unwrap();
        assert_eq!(digest_of(&world, &west(), &name(&west(), "v2")), Err(PullError::NotFound));
        live(&mut world, 200);
        assert_eq!(digest_of(&world, &west(), &name(&west(), "v2")), Ok(digest));
    }

    #[test]
    fn rules_choose_repositories() {
        let mut world = replicated();
        add_image(&mut world, &east(), "other", "v1").unwrap();
        assert!(!world.regional[&west()].ecr.repositories.contains_key("other"));
        add_image(&mut world, &east(), "app", "v1").unwrap();
        assert!(digest_of(&world, &west(), &name(&west(), "v1")).is_ok());
    }

    #[test]
    fn workloads_share_a_registrys_rules() {
        let mut world = replicated();
        replicate(&mut world, &east(), &west(), &["other".to_owned(), "app".to_owned()]).unwrap();
        replicate(&mut world, &east(), &Region::new("eu-west-1"), &["app".to_owned()]).unwrap();
        let rules = &world.regional[&east()].ecr.replication;
        assert_eq!(rules.iter().map(|rule| rule.prefixes.join(" ")).collect::<Vec<_>>(), ["app other", "app"]);
    }

    #[test]
    fn what_is_older_than_its_rule_is_not_copied() {
        let mut world = world();
        add_repository(&mut world, &east(), "app").unwrap();
        add_image(&mut world, &east(), "app", "v1").unwrap();
        replicate(&mut world, &east(), &west(), &["app".to_owned()]).unwrap();
        live(&mut world, 200);
        assert!(digest_of(&world, &west(), &name(&west(), "v1")).is_err());
    }

    #[test]
    fn a_dark_region_holds_copies_back_and_they_fail_after_an_hour() {
        let mut world = replicated();
        push_image(&mut world, &east(), "app", "v2").unwrap();
        world.faults.inject(ActiveFault::on(Fault::RegionDark, &east(), world.now(), None));
        live(&mut world, 600);
        let status = |world: &World| world.regional[&east()].ecr.repositories["app"].images[0].replicas[&west()].status;
        assert_eq!(status(&world), Status::InProgress);
        live(&mut world, 3600);
        assert_eq!(status(&world), Status::Failed);
        assert_eq!(digest_of(&world, &west(), &name(&east(), "v2")), Err(PullError::Timeout));
    }

    #[test]
    fn a_tag_belongs_to_one_image_and_immutable_tags_stay() {
        let mut repository = Repository::default();
        let image = |digest: &str| Image { digest: digest.into(), tags: vec!["v1".into()], ..Image::default() };
        repository.take(image("sha256:a"));
        repository.take(image("sha256:b"));
        assert_eq!(repository.image(None, Some("v1")).unwrap().digest, "sha256:b");
        repository.immutable = true;
        repository.take(image("sha256:c"));
        assert_eq!(repository.image(None, Some("v1")).unwrap().digest, "sha256:b");
        assert!(repository.image(Some("sha256:c"), None).unwrap().tags.is_empty());
    }
}
