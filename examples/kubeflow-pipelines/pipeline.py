"""Trains on one split of a DVC dataset and evaluates on two others. Each step names its own and finds them there."""

from kfp import dsl, kubernetes

# <repository>@<full sha of the commit>:<list>. An annotation is fixed when the pipeline is compiled.
IMAGES = "https://git.example.com/ml/images@0123456789abcdef0123456789abcdef01234567"
TRAIN = f"{IMAGES}:train-6.4k"
VAL = f"{IMAGES}:val"
TEST = f"{IMAGES}:test"


# Each step also takes its reference as an argument: Kubeflow Pipelines looks at arguments and not at annotations when
# it decides whether the result of an earlier run can be used again.
@dsl.component(base_image="python:3.12-slim")
def train(dataset: str, epochs: int, model: dsl.Output[dsl.Model]):
    import json
    import os
    from pathlib import Path

    data = Path(os.environ["DVC_DATASET_PATH"])  # /mnt/data, with exactly the files of the list
    files = [path for path in data.rglob("*") if path.is_file()]
    provenance = json.loads((data.parent / "dataset.json").read_text())
    print(f"{epochs} epochs on {len(files)} files of {dataset}")
    model.metadata["dataset"] = dataset
    model.metadata["dataset_oid"] = provenance["oid"]
    Path(model.path).write_text("a model")


@dsl.container_component
def evaluate(val: str, test: str, model: dsl.Input[dsl.Model]):
    return dsl.ContainerSpec(
        image="registry.example.com/vision/evaluate:1.4.2",
        command=["evaluate"],
        args=["--model", model.path, "--val", "/mnt/val/data", "--test", "/mnt/test/data", "--tags", val, test],
    )


@dsl.pipeline(name="train-on-a-split")
def pipeline(epochs: int = 10):
    training = train(dataset=TRAIN, epochs=epochs)
    training.set_cpu_limit("8").set_memory_limit("32Gi")
    training.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)
    kubernetes.add_pod_annotation(training, "dvc.io/dataset", TRAIN)

    evaluation = evaluate(val=VAL, test=TEST, model=training.outputs["model"])
    kubernetes.add_pod_annotation(evaluation, "dvc.io/dataset.val", VAL)
    kubernetes.add_pod_annotation(evaluation, "dvc.io/dataset.test", TEST)
    kubernetes.add_pod_annotation(evaluation, "dvc.io/remote-secret", "images-bucket")
