//! How busy the tasks of a service are, and what ECS tells CloudWatch about it.

use drlab_core::domain::Region;

use crate::world::{Gauges, Reading, World};

/// What a service's tasks bear, and what they are given to bear.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// What is offered to the service just now.
    pub requests_per_second: f64,
    /// What one task can do at 100 % of its CPU.
    pub requests_per_task: f64,
    /// Memory is held, not used up by requests.
    pub memory_percent: f64,
    minute: Usage,
    /// The last whole minute, if a task ran in it.
    pub last_minute: Option<Usage>,
}

/// CPU over some time, in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    pub samples: f64,
    pub sum: f64,
    pub min: f64,
    pub max: f64,
}

/// What an idle container takes, in percent.
const IDLE: f64 = 1.5;

impl Default for Load {
    fn default() -> Self {
        Self { requests_per_second: 0.0, requests_per_task: 100.0, memory_percent: 35.0, minute: Usage::default(), last_minute: None }
    }
}

impl Usage {
    pub fn mean(self) -> f64 {
        self.sum / self.samples
    }

    fn add(&mut self, value: f64, weight: f64) {
        self.min = if self.samples > 0.0 { self.min.min(value) } else { value };
        self.max = self.max.max(value);
        self.samples += weight;
        self.sum += value * weight;
    }
}

impl Load {
    pub(super) fn of(requests_per_task: f64, memory_percent: f64) -> Self {
        Self { requests_per_task, memory_percent, ..Self::default() }
    }

    /// The CPU of each of so many tasks, in percent.
    pub fn cpu(&self, running: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "tasks are few")]
        let bears = running as f64 * self.requests_per_task;
        if bears > 0.0 { (IDLE + 100.0 * self.requests_per_second / bears).min(100.0) } else { 0.0 }
    }

    /// One second with so many running tasks; `closes` the minute.
    pub(super) fn sample(&mut self, running: usize, closes: bool) {
        if running > 0 {
            #[expect(clippy::cast_precision_loss, reason = "tasks are few")]
            self.minute.add(self.cpu(running), running as f64);
        }
        if closes {
            let minute = std::mem::take(&mut self.minute);
            self.last_minute = (minute.samples > 0.0).then_some(minute);
        }
    }
}

/// Says how many requests a second a service is given from now on.
pub fn note_load(world: &mut World, region: &Region, cluster: &str, service: &str, requests_per_second: f64) {
    if let Some(found) = super::service_mut(world, region, cluster, service) {
        found.load.requests_per_second = requests_per_second.max(0.0);
    }
}

/// The minute just ended. A service without tasks has no CPU and no memory to report, but counts.
pub fn measure(world: &mut World, gauges: &mut Gauges) {
    let chance = world.chance;
    let now = world.now();
    for (region, here) in &world.regional {
        for cluster in here.ecs.clusters.values() {
            for service in cluster.services.values() {
                let dimensions = [("ClusterName", cluster.name.as_str()), ("ServiceName", service.name.as_str())];
                if let Some(cpu) = service.load.last_minute {
                    // A sample per task and minute, as the agents send them.
                    let samples = (cpu.samples / 60.0).ceil().max(1.0);
                    let reading = Reading { sum: cpu.mean() * samples, samples, min: cpu.min, max: cpu.max, p95: None };
                    gauges.put(region, "AWS/ECS", "CPUUtilization", &dimensions, reading);
                    let wobble = chance.unit(("memory", region, &cluster.name, &service.name, now)) - 0.5;
                    let memory = (service.load.memory_percent + 2.0 * wobble).clamp(0.0, 100.0);
                    let reading = Reading { sum: memory * samples, samples, min: memory, max: memory, p95: None };
                    gauges.put(region, "AWS/ECS", "MemoryUtilization", &dimensions, reading);
                }
                if cluster.container_insights {
                    let desired = f64::from(service.desired);
                    for (metric, value) in [
                        ("RunningTaskCount", count(service.running())),
                        ("PendingTaskCount", count(service.pending())),
                        ("DesiredTaskCount", desired),
                    ] {
                        gauges.put(region, "ECS/ContainerInsights", metric, &dimensions, Reading::level(value));
                    }
                }
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "tasks are few")]
fn count(tasks: usize) -> f64 {
    tasks as f64
}

#[cfg(test)]
mod tests {
    use super::super::{NewService, add_cluster, add_service, set_desired};
    use super::*;
    use crate::world::testing::{live, west, world};

    fn read(world: &mut World) -> Vec<(String, f64)> {
        let mut gauges = Gauges::default();
        measure(world, &mut gauges);
        gauges.into_readings().into_iter().map(|(_, name, reading)| (name.metric, reading.sum / reading.samples)).collect()
    }

    #[test]
    fn cpu_is_load_shared_among_the_running_and_never_above_100() {
        let load = Load { requests_per_second: 100.0, requests_per_task: 100.0, ..Load::default() };
        assert!((load.cpu(2) - 51.5).abs() < 1e-9);
        assert!((load.cpu(1) - 100.0).abs() < 1e-9);
        assert!(load.cpu(0).abs() < 1e-9);
    }

    #[test]
    fn a_minute_is_told_with_awss_names() {
        let mut world = world();
        add_cluster(&mut world, &west(), "c").unwrap();
        add_service(&mut world, &west(), NewService { cluster: "c".into(), name: "app".into(), desired: 2, ..NewService::default() })
            .unwrap();
        note_load(&mut world, &west(), "c", "app", 60.0);
        live(&mut world, 60);
        let readings = read(&mut world);
        let of = |metric: &str| readings.iter().find(|(name, _)| name == metric).map(|(_, value)| *value);
        assert!((of("CPUUtilization").unwrap() - 31.5).abs() < 1e-6);
        assert!(of("MemoryUtilization").unwrap() > 30.0);
        assert_eq!((of("RunningTaskCount"), of("DesiredTaskCount"), of("PendingTaskCount")), (Some(2.0), Some(2.0), Some(0.0)));
    }

    #[test]
    fn without_tasks_there_is_no_cpu() {
        let mut world = world();
        add_cluster(&mut world, &west(), "c").unwrap();
        add_service(&mut world, &west(), NewService { cluster: "c".into(), name: "app".into(), desired: 1, ..NewService::default() })
            .unwrap();
        set_desired(&mut world, &west(), "c", "app", 0);
        live(&mut world, 120);
        let names: Vec<String> = read(&mut world).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["RunningTaskCount", "PendingTaskCount", "DesiredTaskCount"]);
    }
}
