//! `lab serve` under the dashboard's mix of requests: requests a second, latency, and whether memory stays flat.
//!
//! The bench starts itself again as the server, so that the two have a process each. `DRLAB_BENCH_SECONDS` sets how long (10 unless given),
//! `DRLAB_BENCH_RATE` how many requests a second (as many as go, unless given).

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on says so by panicking")]

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use drlab_core::domain::{Region, Timestamp};
use drlab_lab::control::Stage;
use drlab_lab::serve::{self, Ports};
use drlab_lab::topologies::Topology;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 32;
/// Fast enough that AWS's own rate limits, which the lab keeps in world time, do not answer instead.
const SPEED: f64 = 200.0;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if std::env::var_os("DRLAB_BENCH_SERVER").is_some() {
        runtime.block_on(server());
        return;
    }
    let seconds = std::env::var("DRLAB_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let started = Instant::now();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env("DRLAB_BENCH_SERVER", "1")
        .stdout(Stdio::piped())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    println!("ready after                {:>8.1} ms   (budget 100)", started.elapsed().as_secs_f64() * 1000.0);
    let ports: Vec<u16> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let rate = std::env::var("DRLAB_BENCH_RATE").ok().and_then(|text| text.parse().ok());
    runtime.block_on(load(&ports, Duration::from_secs(seconds), rate, child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The server: prints the ports of the primary, the standby and Route 53, and serves until it is killed.
async fn server() {
    let mut config = Topology::named("tier2").unwrap().config().unwrap();
    config.lab.speed = SPEED;
    let (primary, standby) = (config.workloads[0].primary.clone(), config.workloads[0].standby.clone());
    let stage = Stage { config, scenario: None };
    let running = serve::open(stage, Timestamp::from_secs(1_800_000_000), Ipv4Addr::LOCALHOST.into(), Ports::Each).await.unwrap();
    let addresses = running.addresses();
    let port = |region: &Region| addresses.regions[region].port();
    println!("{} {} {}", port(&primary), port(&standby), addresses.route53.port());
    std::io::stdout().flush().unwrap();
    std::future::pending::<()>().await;
}

async fn load(ports: &[u16], lasting: Duration, rate: Option<f64>, server: u32) {
    let mix = Arc::new(requests(ports));
    let took = Arc::new(Mutex::new(Vec::<(Duration, bool)>::new()));
    let before = resident_kib(server);
    let (start, mut halfway) = (Instant::now(), None);
    let mut clients = Vec::new();
    for nth in 0..CONNECTIONS {
        let pause = rate.map(|rate| Duration::from_secs_f64(CONNECTIONS as f64 / rate));
        clients.push(tokio::spawn(client(mix.clone(), took.clone(), nth, pause, start + lasting)));
    }
    while start.elapsed() < lasting {
        tokio::time::sleep(Duration::from_millis(200)).await;
        if halfway.is_none() && start.elapsed() > lasting / 2 {
            halfway = Some(resident_kib(server));
        }
    }
    for client in clients {
        client.await.unwrap();
    }
    let elapsed = start.elapsed().as_secs_f64();
    let after = resident_kib(server);
    let mut took = took.lock().unwrap().clone();
    took.sort_unstable();
    let good = took.iter().filter(|(_, good)| *good).count();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].0.as_secs_f64() * 1000.0;
    println!("requests a second          {:>8.0}      (budget 2000)", took.len() as f64 / elapsed);
    println!("answered with 200          {:>8.1} %", 100.0 * good as f64 / took.len() as f64);
    println!("latency p50                {:>8.2} ms", at(0.5));
    println!("latency p99                {:>8.2} ms   (budget 10)", at(0.99));
    println!("resident before            {before:>8} KiB");
    println!("resident halfway           {:>8} KiB", halfway.unwrap_or(0));
    println!("resident after             {after:>8} KiB");
}

async fn client(
    mix: Arc<Vec<(u16, Vec<u8>)>>,
    took: Arc<Mutex<Vec<(Duration, bool)>>>,
    nth: usize,
    pause: Option<Duration>,
    until: Instant,
) {
    let mut connections: std::collections::BTreeMap<u16, TcpStream> = std::collections::BTreeMap::new();
    let mut answer = vec![0; 1 << 20];
    let mut next = Instant::now();
    for turn in nth.. {
        if let Some(pause) = pause {
            next += pause;
            tokio::time::sleep_until(next.into()).await;
        }
        if Instant::now() >= until {
            return;
        }
        let (port, request) = &mix[turn % mix.len()];
        if !connections.contains_key(port) {
            let stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, *port))).await.unwrap();
            stream.set_nodelay(true).unwrap();
            connections.insert(*port, stream);
        }
        let stream = connections.get_mut(port).unwrap();
        let asked = Instant::now();
        stream.write_all(request).await.unwrap();
        let good = read_answer(stream, &mut answer).await;
        took.lock().unwrap().push((asked.elapsed(), good));
    }
}

/// Reads one response with a content length; whether it was a 200.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> bool {
    let mut filled = 0;
    loop {
        filled += match stream.read(&mut buffer[filled..]).await.unwrap() {
            0 => panic!("the lab closed a connection in mid-answer"),
            read => read,
        };
        let Some(head) = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok()).unwrap_or(0);
        if filled >= head + 4 + length {
            return text.starts_with("http/1.1 200");
        }
    }
}

/// What a dashboard asks every few seconds, of both regions and of Route 53.
fn requests(ports: &[u16]) -> Vec<(u16, Vec<u8>)> {
    let mut mix = Vec::new();
    for (port, region, cluster) in [(ports[0], "ap-southeast-2", "tier2-primary"), (ports[1], "us-west-2", "tier2-standby")] {
        let form = |service: &str, body: &str| post(region, service, &[("content-type", "application/x-www-form-urlencoded")], body);
        let json = |service: &str, target: &str, version: &str, body: &str| {
            post(region, service, &[("content-type", &format!("application/x-amz-json-{version}")), ("x-amz-target", target)], body)
        };
        mix.push((port, form("rds", "Action=DescribeDBInstances&Version=2014-10-31")));
        let services = format!(r#"{{"cluster":"{cluster}","services":["app"]}}"#);
        mix.push((port, json("ecs", "AmazonEC2ContainerServiceV20141113.DescribeServices", "1.1", &services)));
        let tasks = format!(r#"{{"cluster":"{cluster}"}}"#);
        mix.push((port, json("ecs", "AmazonEC2ContainerServiceV20141113.ListTasks", "1.1", &tasks)));
        mix.push((port, form("elasticloadbalancing", "Action=DescribeTargetGroups&Version=2015-12-01")));
        mix.push((port, form("monitoring", "Action=DescribeAlarms&Version=2010-08-01")));
        let data = "Action=GetMetricData&Version=2010-08-01&StartTime=1799996400&EndTime=1900000000\
            &MetricDataQueries.member.1.Id=cpu&MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS%2FECS\
            &MetricDataQueries.member.1.MetricStat.Metric.MetricName=CPUUtilization\
            &MetricDataQueries.member.1.MetricStat.Period=60&MetricDataQueries.member.1.MetricStat.Stat=Average";
        mix.push((port, form("monitoring", data)));
        mix.push((port, json("secretsmanager", "secretsmanager.ListSecrets", "1.1", "{}")));
    }
    mix.push((ports[2], get("us-east-1", "route53", "/2013-04-01/hostedzone")));
    mix.push((ports[2], get("us-east-1", "route53", "/2013-04-01/healthcheck")));
    mix
}

fn post(region: &str, service: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    format!("POST / HTTP/1.1\r\nhost: lab\r\n{}{headers}content-length: {length}\r\n\r\n{body}", signature(region, service)).into_bytes()
}

fn get(region: &str, service: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: lab\r\n{}\r\n", signature(region, service)).into_bytes()
}

fn signature(region: &str, service: &str) -> String {
    format!(
        "authorization: AWS4-HMAC-SHA256 Credential=AKIALAB/20261120/{region}/{service}/aws4_request, SignedHeaders=host, Signature=00\r\n"
    )
}

/// The server's resident memory, where the system tells it.
fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or(0)
}
