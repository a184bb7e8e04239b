namespace ML.Robustness.Persistence;

/// <summary>
/// A setting whose <see cref="object.ToString"/> returns its name and all its values for a <see cref="SettingsFingerprint"/>.
/// </summary>
internal interface IFingerprinted;
