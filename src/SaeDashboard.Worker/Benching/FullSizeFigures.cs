namespace SaeDashboard.Worker.Benching;

/// <summary>A model of musicgen-small's shape in one type.</summary>
/// <param name="Type">float32 or bfloat16.</param>
/// <param name="LoadSeconds">Loading it, its file in the page cache.</param>
/// <param name="LoadMemory">Anonymous memory that loading added, over the bytes of the weights in this type (the text encoder and the codec
/// are float32).</param>
/// <param name="Step">Steps of one guided row.</param>
/// <param name="StepThreeArms">Steps of three.</param>
/// <param name="OfFloor">The time that reading the bytes takes at the measured bandwidth, over a step's time.</param>
/// <param name="OfFloorThreeArms">The same with three rows.</param>
/// <param name="ThreeArmsOverOne">Three rows' step over one row's.</param>
/// <param name="ThreeArmsOverOneFloor">The same of the bytes they read.</param>
/// <param name="ThreeArmsOverOneTenSeconds">As <paramref name="ThreeArmsOverOne"/>, over the columns of a piece of 10 s instead of a whole
/// window of 30 s.</param>
/// <param name="OverTransformers">A step of Hugging Face transformers 5.23 on two such cores, scaled by the bandwidth (it was 27 GB/s
/// there), over ours.</param>
internal sealed record FullSizeFigures(string Type, double LoadSeconds, double LoadMemory, StepFigures Step, StepFigures StepThreeArms, double OfFloor,
    double OfFloorThreeArms, double ThreeArmsOverOne, double ThreeArmsOverOneFloor, double ThreeArmsOverOneTenSeconds,
    double OverTransformers);
