/// A drlab.toml with everything that can be said in it, and why one would: what `drlab-tui` shows to whoever has none, what the README
/// quotes, and what the tests hold against the reader.
pub const EXAMPLE: &str = r##"# drlab.toml: what drlab-tui watches, and all it may ever touch. Durations are "90s", "30m", "1h30m".

[[workload]]                            # one for each thing that fails over as one
name = "shop"
account = "123456789012"                # arming is refused if the credentials belong to another
primary = "ap-southeast-2"
standby = "us-west-2"
control = "us-east-2"                   # optional: a third region that holds state and automation
objectives = { rto = "30m", rpo = "300s" }
unhealthy_after = 3                     # failures in a row before a source of evidence counts as failing
rto_from = "outage"                     # the clock starts at the first failed observation; or "declared"

[[workload.service]]                    # an ECS service at both sites
name = "web"
primary = { cluster = "shop-primary", service = "web", tasks = 2, target_group = "arn:aws:elasticloadbalancing:ap-southeast-2:123456789012:targetgroup/shop-web/6d0ecf831eec9f09" }
# failover_tasks: what must run once the standby carries the load; without it, as many as at the primary.
standby = { cluster = "shop-standby", service = "web", tasks = 1, failover_tasks = 2, target_group = "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/shop-web/73e2d6bc24d8a067" }

[[workload.service]]
name = "worker"
autoscaled = true                       # Application Auto Scaling sets the count: each site needs min and max
primary = { cluster = "shop-primary", service = "worker", tasks = 3, min = 2, max = 10 }
standby = { cluster = "shop-standby", service = "worker", tasks = 1, min = 1, max = 10 }

[workload.database]
kind = "rds-replica"                    # or "aurora-global": primary and standby are cluster ids, and there is
# global_cluster = "shop-global"
primary = "shop-db"
standby = "shop-db-replica"
secret = "shop/db"                      # the same name in both regions; or one each, perhaps replicated:
# secret = { primary = "shop/db", standby = "shop/db", replicated = true }

[workload.database.rebuild]             # what a new replica is made with, on the way back
primary = { class = "db.r6g.large", subnet_group = "shop", parameter_group = "shop-pg16", security_groups = ["sg-0a1b2c3d4e5f60718"], kms_key = "alias/shop" }
standby = { class = "db.r6g.large", subnet_group = "shop" }

[[workload.bucket]]
primary = "shop-assets"
standby = "shop-assets-replica"
rule = "assets"                         # the replication rule's id, by which its metrics are found
metrics = true                          # false: replication is proven object by object

[workload.dns]
zone = "Z0123456789ABCDEFGHIJ"
record = "shop.example.com"
# load_balancer: its own DNS name. An address belongs to the site if this name gives it too.
primary = { set_identifier = "primary", health_check = "2f6a1c1e-9d5b-4a53-8f0e-1c6b7d2e3f40", load_balancer = "shop-1.ap-southeast-2.elb.amazonaws.com" }
standby = { set_identifier = "standby", load_balancer = "shop-2.us-west-2.elb.amazonaws.com" }
flip = "failover-record"                # or weighted, health-check-invert, automatic, manual
# ttl = "60s"                           # plain records; without it they are aliases
resolvers = ["1.1.1.1", "8.8.8.8"]      # whose answers count as the users'; at least two for a proof
name_servers = ["ns-1.example", "ns-2.example:53"]  # written down: nothing is looked up during an outage

[workload.dns.probe]                    # the client's eye
path = "/healthz"
write_path = "/dbcheck"                 # writes a row; the proof that the application can
every = "10s"
scheme = "https"
port = 443
url = { primary = "https://primary.shop.example.com", standby = "https://standby.shop.example.com" }

[workload.notify]
topic = { primary = "arn:aws:sns:ap-southeast-2:123456789012:shop-dr", standby = "arn:aws:sns:us-west-2:123456789012:shop-dr" }
webhook = "https://hooks.example.com/shop"

[[workload.automation]]                 # what else may act on its own: held during a run
region = "us-west-2"
rule = "shop-monitor"                   # an EventBridge rule, or a function, or a state_machine
# function = "shop-dr"
# state_machine = "shop-failover"

[[workload.function]]
name = "shop-validation"
region = "us-west-2"

[[workload.alarm]]
name = "shop-5xx"
region = "ap-southeast-2"

[[workload.key]]                        # KMS keys, by id, ARN or alias
primary = "alias/shop"
standby = "alias/shop"

[[workload.table]]
name = "shop-dr-state"
region = "us-east-2"

[[workload.log_group]]                  # where the workload writes its logs
name = "/ecs/shop/web"
region = "ap-southeast-2"

[[workload.repository]]                 # ECR: the image must be in both regions
name = "shop/web"

[workload.workflow]                     # Step Functions machines that do what the console does
failover = "arn:aws:states:us-west-2:123456789012:stateMachine:shop-failover"
failback = "arn:aws:states:us-west-2:123456789012:stateMachine:shop-failback"

[timeouts]                              # how long AWS is waited for; what comes later is no answer
connect = "1s"
attempt = "3s"                          # the connection included

# [endpoints]                           # only where AWS is not where the SDK looks: `drlab-tui lab serve --config-out` writes it
# regions = { ap-southeast-2 = "http://127.0.0.1:4101", us-west-2 = "http://127.0.0.1:4102" }
# route53 = "http://127.0.0.1:4100"
# proxy = "http://127.0.0.1:4110"
"##;
