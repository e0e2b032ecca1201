namespace SaeDashboard.Worker.Benching;

/// <summary>A model of musicgen-small's shape in one type. The bandwidth is read before, between and after the steps; each ratio is one of
/// times and bandwidths that were measured next to each other, and given with its spread over the rounds.</summary>
/// <param name="Type">float32 or bfloat16.</param>
/// <param name="LoadSeconds">Loading it, its file in the page cache.</param>
/// <param name="LoadMemory">Anonymous memory that loading added, over the bytes of the weights in this type (the text encoder and the codec
/// are float32).</param>
/// <param name="Bandwidth">Memory as it was read around the steps, bytes a second.</param>
/// <param name="Step">Steps of one guided row.</param>
/// <param name="StepThreeArms">Steps of three.</param>
/// <param name="OfFloor">The time that reading the bytes takes at the bandwidth around a step, over the step's time.</param>
/// <param name="OfFloorThreeArms">The same with three rows.</param>
/// <param name="ThreeArmsOverOne">Three rows' step over one row's.</param>
/// <param name="ThreeArmsOverOneFloor">The same of the bytes they read.</param>
/// <param name="ThreeArmsOverOneTenSeconds">As <paramref name="ThreeArmsOverOne"/>, over the columns of a piece of 10 s instead of a whole
/// window of 30 s.</param>
/// <param name="OverTransformers">A step of Hugging Face transformers 5.23 on two such cores, scaled by the bandwidth (it was 27 GB/s
/// there), over ours.</param>
internal sealed record FullSizeFigures(
    string Type,
    double LoadSeconds,
    double LoadMemory,
    Spread Bandwidth,
    StepFigures Step,
    StepFigures StepThreeArms,
    Spread OfFloor,
    Spread OfFloorThreeArms,
    Spread ThreeArmsOverOne,
    double ThreeArmsOverOneFloor,
    Spread ThreeArmsOverOneTenSeconds,
    Spread OverTransformers);
