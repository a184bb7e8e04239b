namespace ML.Robustness.Persistence;

/// <summary>A setting whose <see cref="object.ToString"/> names it with all its values: its part of a
/// <see cref="SettingsFingerprint"/>.</summary>
internal interface IFingerprinted;
